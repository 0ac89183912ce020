# How often the kernel killed something in this container for lack of memory.
package AnyonRun::Memory;
use strict;

# The counter since the container started: cgroup v2 (own or host's name space), then v1. 0 where neither tells.
sub oom_kills {
    for my $file ( '/sys/fs/cgroup/memory.events', v2_path(), '/sys/fs/cgroup/memory/memory.oom_control' ) {
        open( my $handle, '<', $file ) or next;
        while (<$handle>) { return $1 if /\Aoom_kill (\d+)/ }
    }
    return 0;
}

sub v2_path {
    open( my $handle, '<', '/proc/self/cgroup' ) or return ();
    while (<$handle>) { return "/sys/fs/cgroup$1/memory.events" if /\A0::(.*)$/ }
    return ();
}

1;
