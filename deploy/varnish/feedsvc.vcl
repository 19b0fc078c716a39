# Varnish (7.1 or newer) in front of feedsvc. What differs from site to site is in site.vcl beside this file.
#
#   varnishd -f /etc/varnish/feedsvc.vcl -a :80 -p http_gzip_support=off
#
# http_gzip_support=off is needed: with it on, Varnish asks for gzip alone, whatever the client can read, and packs and
# unpacks by itself. feedsvc has each document ready in br, zstd and gzip, which are kept here as they are.

vcl 4.1;

import std;

include "./site.vcl";

sub vcl_recv {
    if (req.method == "PURGE") {
        # A request that came through a proxy shows that proxy's address, which may be one of ours.
        if (client.ip !~ purgers || req.http.X-Forwarded-For ~ ",") {
            return (synth(403));
        }
        if (req.http.Surrogate-Key !~ "^[a-z0-9 -]+$") {
            return (synth(400));
        }
        call purge_by_key;
        return (synth(200));
    }
    # An escape of what needs none is another spelling: it is answered, and no copy is kept of it.
    if (req.url ~ "^[^?]*%(2[DdEe]|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]|5[Ff]|7[Ee])") {
        return (pass);
    }
    if (req.url ~ "^/metrics(\?|$)") {
        return (synth(404));
    }
    if ((req.method != "GET" && req.method != "HEAD") || req.url ~ "^/(health|ready)(\?|$)") {
        return (pass);
    }

    # No answer depends on these, nor on a query but for one key, or where it says how an embed is to look.
    unset req.http.Cookie;
    unset req.http.Authorization;
    if (req.url ~ "^/(embed|oembed|embed/[^?]*|headlines/[^?]*\.html)\?") {
        set req.url = regsuball(req.url,
            "(?<=[?&])(?!(?:count|lang|theme|tag|url|format|maxwidth|maxheight)=)[^&]*(?:&|$)", "");
        set req.url = std.querysort(regsub(req.url, "[?&]+$", ""));
    } else if (req.url ~ "^/(search|feeds/search\.[^?]*)\?(|.*&)q=") {
        set req.url = regsub(req.url, "\?(?:[^&]*&)*?(q=[^&]*).*$", "?\1");
    } else if (req.url ~ "[?&]before=") {
        set req.url = regsub(req.url, "\?(?:[^&]*&)*?(before=[^&]*).*$", "?\1");
    } else {
        set req.url = regsub(req.url, "\?.*$", "");
    }
    call normalise_coding;

    # Two changes within one second have one Last-Modified, and only feedsvc knows whether there were two.
    if (req.http.If-Modified-Since && !req.http.If-None-Match && req.restarts == 0) {
        return (pass);
    }

    # What has changed of a feed (RFC 3229) only feedsvc can tell, by the copy that a client has. In a fetch of ours,
    # which asks by the copy that we have, the answer would be about that one, and for somebody who has another.
    if (req.http.A-IM && req.http.If-None-Match && req.restarts == 0 && std.healthy(req.backend_hint)) {
        return (pass);
    }
    unset req.http.A-IM;

    # An object's grace is its stale-if-error. While feedsvc answers, only stale-while-revalidate counts (site.vcl);
    # a request that comes back here because feedsvc did not answer may have what there is.
    if (req.restarts == 0 && std.healthy(req.backend_hint)) {
        call limit_grace;
    } else {
        set req.grace = 365d;
    }
    if (req.restarts == 0) {
        unset req.http.X-Last-Attempt;
    } else {
        set req.http.X-Last-Attempt = "1";
    }
    return (hash);
}

sub normalise_coding {
    # One of br, zstd, gzip or nothing, as feedsvc prefers them: four variants, however many ways there are to ask.
    if (req.http.Accept-Encoding) {
        set req.http.Accept-Encoding = regsuball(
            req.http.Accept-Encoding.lower(), "[a-z0-9*-]+\s*;\s*q\s*=\s*0(\.0*)?\s*(,|$)", "");
    }
    if (req.http.Accept-Encoding ~ "(^|[\s,])br([\s;,]|$)") {
        set req.http.Accept-Encoding = "br";
    } elsif (req.http.Accept-Encoding ~ "(^|[\s,])zstd([\s;,]|$)") {
        set req.http.Accept-Encoding = "zstd";
    } elsif (req.http.Accept-Encoding ~ "(^|[\s,])gzip([\s;,]|$)") {
        set req.http.Accept-Encoding = "gzip";
    } else {
        unset req.http.Accept-Encoding;
    }
}

sub vcl_hash {
    # feedsvc does not look at Host, so it is no part of what an answer is known by.
    hash_data(req.url);
    return (lookup);
}

sub keep_what_there_is {
    # A failure that is delivered replaces the older copy that it was to refresh. So the first is abandoned, and
    # vcl_synth has the request come back for that copy.
    if (!bereq.uncacheable && (bereq.is_bgfetch || !bereq.http.X-Last-Attempt)) {
        return (abandon);
    }
}

sub vcl_backend_response {
    if (beresp.status >= 500) {
        call keep_what_there_is;
        set beresp.ttl = 0s;
        set beresp.grace = 0s;
        return (deliver);
    }
    if (beresp.http.Surrogate-Control ~ "max-age=\d+") {
        set beresp.ttl = std.duration(regsub(beresp.http.Surrogate-Control, "^.*max-age=(\d+).*$", "\1s"), 0s);
    }
    set beresp.grace = 0s;
    if (beresp.http.Surrogate-Control ~ "stale-if-error=\d+") {
        set beresp.grace = std.duration(regsub(beresp.http.Surrogate-Control, "^.*stale-if-error=(\d+).*$", "\1s"), 0s);
    }
    # An answer that was long under way may have been overtaken by the last purge of a change it does not show.
    if (beresp.ttl > 1s && now - bereq.time > 0.5s) {
        set beresp.ttl = 1s;
        set beresp.grace = 0s;
    }
}

sub vcl_backend_error {
    call keep_what_there_is;
    set beresp.http.Content-Type = "text/plain; charset=utf-8";
    set beresp.http.Cache-Control = "no-store";
    set beresp.http.Retry-After = "5";
    set beresp.body = "The service does not answer. Please try again in a moment." + {"
"};
    return (deliver);
}

sub vcl_deliver {
    # However it was spelled: /metrics is for those within.
    if (resp.http.Content-Type ~ "openmetrics-text|text/plain; version=") {
        return (synth(404));
    }
    # Varnish compares with one tag, feedsvc with a list, and a tag's suffix only says in which coding it was sent.
    if (req.http.If-None-Match == "*" ||
        std.strstr(req.http.If-None-Match, regsub(resp.http.ETag, {"^\W*(\w+).*$"}, "\1"))) {
        set req.http.If-None-Match = resp.http.ETag;
    }
    if (!req.http.If-None-Match) {
        unset req.http.If-Modified-Since;
    }
    # These were for us. With another CDN in front that purges by key, leave Surrogate-Key or Cache-Tag to it.
    unset resp.http.Surrogate-Control;
    unset resp.http.Surrogate-Key;
    unset resp.http.Cache-Tag;
    unset resp.http.xkey;
    if (obj.hits > 0) {
        set resp.http.X-Cache = "hit";
    } else {
        set resp.http.X-Cache = "miss";
    }
}

sub vcl_synth {
    if (resp.status == 503 && req.restarts == 0 && (req.method == "GET" || req.method == "HEAD")) {
        return (restart);
    }
    set resp.http.Content-Type = "text/plain; charset=utf-8";
    set resp.body = resp.reason + {"
"};
    return (deliver);
}
