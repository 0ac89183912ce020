# Says a line to the command through its FIFO: whole or not at all. Whoever writes there holds the FIFO's lock, so that an interrupt, an
# answer and the rest of a long first input never stand inside each other.
package AnyonRun::Fifo;
use strict;
BEGIN { require 'linux.pm' }
require 'processes.pm';

sub LOCK_EX () { 2 }
sub LOCK_NB () { 4 }
sub LOCK_UN () { 8 }
sub STEP ()    { 0.02 }

# Linux takes so much in one piece or says that there is no room.
sub ATOMIC () { 4096 }

# 'said'; 'deaf' when there is no FIFO or nobody reads it; 'full' when within $seconds there was no room for the whole line.
sub say_line {
    my ( $line, $seconds ) = @_;
    sysopen( my $fifo, 'in', Linux::o_wronly | Linux::o_nonblock | Linux::o_nofollow ) or return 'deaf';
    return 'deaf' if !-p $fifo;
    local $SIG{PIPE} = 'IGNORE';
    my $steps = $seconds / STEP;
    my $patience = sub { return 0 if $steps-- <= 0; AnyonRun::Processes::pause(STEP); return 1 };
    until ( flock $fifo, LOCK_EX | LOCK_NB ) { $patience->() or return 'full' }
    return 'full' if length $line > ATOMIC && !wait_for_room( $fifo, length $line, $patience );
    return write_whole( $fifo, $line, $patience );
}

# A line longer than ATOMIC would be cut where the room ends: it waits until the pipe is empty, and large enough to take it at once.
sub wait_for_room {
    my ( $fifo, $length, $patience ) = @_;
    if ( $length > ( fcntl( $fifo, Linux::f_getpipe_sz, 0 ) // 0 ) ) { fcntl( $fifo, Linux::f_setpipe_sz, $length ) or return 0 }
    until ( waiting_bytes($fifo) == 0 ) { $patience->() or return 0 }
    return 1;
}

sub waiting_bytes {
    my ($fifo) = @_;
    my $count = pack 'i', 0;
    ioctl( $fifo, Linux::fionread, $count ) or return 1;
    return unpack 'i', $count;
}

# What was begun is brought to its end while anybody reads: half a line would end Claude Code.
sub write_whole {
    my ( $fifo, $line, $patience ) = @_;
    my ( $written, $EAGAIN, $EINTR ) = ( 0, 11, 4 );
    while ( $written < length $line ) {
        my $count = syswrite $fifo, $line, length($line) - $written, $written;
        if ( defined $count ) { $written += $count; next }
        return 'deaf' if $! != $EAGAIN && $! != $EINTR;
        next if $patience->();
        return 'full' if !$written;
        AnyonRun::Processes::pause(STEP);
    }
    return 'said';
}

1;
