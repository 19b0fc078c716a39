# Purges with a ban: each object is looked at once, when it is asked for or when the ban lurker comes by.

sub purge_by_key {
    # The keys are separated by blanks here and there. Only obj.* in it, or the lurker could not work.
    if (!std.ban({"obj.http.Surrogate-Key ~ "(^| )("} + regsuball(req.http.Surrogate-Key, " +", "|") + {")( |$)""})) {
        return (synth(500, std.ban_error()));
    }
}
