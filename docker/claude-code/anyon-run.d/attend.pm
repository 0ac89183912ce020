# Waits in the container for words of the host: to bring a program in takes the engine as long as all the rest of a start together.
#
# One line is asked, one is answered. `secrets <attempt>` answers what `anyon-run secrets` prints; `start <id>` begins in a process
# of its own what `anyon-run start` begins, and answers `begun`; `reach <addresses>` tells which of them are reached (reach.pm); anything else is answered by `?`. It ends with its input, or when nobody has said
# anything for a while, since an engine that was killed does not end it. What it has begun goes on.
package AnyonRun::Attend;
use strict;
BEGIN { require 'linux.pm' }
require 'exchange.pm';
require 'start.pm';
require 'secrets.pm';
require $_ for qw(worktree.pm snapshot.pm instructions.pm);    # here nobody waits for them

sub LONGEST () { 256 }

# More than the host lets it stand unused: server/containers/attendants.ts.
sub SECONDS () { 1200 }

my $heard = '';

sub attend {
    local $SIG{PIPE} = 'IGNORE';
    local $SIG{CHLD} = 'IGNORE';    # what has been begun is waited for by nobody
    local $| = 1;
    while ( defined( my $line = next_line() ) ) {
        my ( $verb, $about ) = $line =~ /\A(secrets|start|reach) ([A-Za-z0-9.:,-]+)\z/ or print("?\n"), next;
        if    ( $verb eq 'secrets' ) { AnyonRun::Secrets::secrets($about) == 0 or print "?\n" }
        elsif ( $verb eq 'reach' )   { require 'reach.pm'; print AnyonRun::Reach::look($about) }
        else                         { print begin($about) ? "begun\n" : "?\n" }
    }
    return 0;
}

# Undef at the end of the input.
sub next_line {
    while (1) {
        return $1 if $heard =~ s/\A([^\n]*)\n//;
        return if length $heard > LONGEST;
        vec( my $readable = '', fileno STDIN, 1 ) = 1;
        my $ready = select $readable, undef, undef, SECONDS;
        next   if $ready < 0;
        return if $ready == 0;
        my $count = sysread STDIN, $heard, 4096, length $heard;
        return if !$count;
    }
}

# Named, and grouped, as if it had been brought in for this alone.
sub begin {
    my ($id) = @_;
    my $child = fork // return 0;
    return 1 if $child;
    $SIG{CHLD} = 'DEFAULT';
    setpgrp;
    $0 = "anyon-run start $id";
    srand;    # or all that are begun here would draw the same names
    exit AnyonRun::Start::start($id);
}

1;
