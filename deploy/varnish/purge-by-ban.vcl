# Purges with a ban: each object is looked at once, when it is asked for or when the ban lurker comes by.

sub purge_by_key {
    # A blank ends a word of a ban, so it is written as \s. Only obj.* in it, or the lurker could not work.
    if (!std.ban("obj.http.Surrogate-Key ~ (^|\s)(" + regsuball(req.http.Surrogate-Key, " +", "|") + ")(\s|$)")) {
        return (synth(500, std.ban_error()));
    }
}
