# What differs from site to site: where feedsvc is, who may purge, how, and for how long what is old may be served.

backend feedsvc {
    .host = "127.0.0.1";
    .port = "8000";
    .first_byte_timeout = 10s;
    .probe = {
        # Not /ready: without its database feedsvc still serves what it has in memory.
        .url = "/health";
        .interval = 1s;
        .timeout = 2s;
        .window = 3;
        .threshold = 2;
        .initial = 2;
    }
}

# The machines that feedsvc runs on.
acl purgers {
    "127.0.0.1";
    "::1";
}

# Bans need nothing but Varnish. With very many objects and the package varnish-modules: ./purge-by-xkey.vcl.
include "./purge-by-ban.vcl";

sub limit_grace {
    # As the setting stale_while_revalidate says.
    set req.grace = 60s;
}
