# Purges with vmod_xkey (Debian: varnish-modules): an index of keys, so that only the objects touched are looked at.

import xkey;

sub vcl_backend_response {
    set beresp.http.xkey = beresp.http.Surrogate-Key;
}

sub purge_by_key {
    if (xkey.purge(req.http.Surrogate-Key) < 0) {
        return (synth(500));
    }
}
