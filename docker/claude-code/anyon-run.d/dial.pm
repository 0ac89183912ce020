# Bytes both ways between whoever started this (its standard input and output) and a port of this container. Programs under development
# listen on the loopback interface, where nobody from outside can reach them; this is inside.
#
# The first line it prints says how the connection went: `+` connected, `-` nobody listens. It ends with either side: a start whose
# client is gone closes standard input, so nothing is left behind.
package AnyonRun::Dial;
use strict;
BEGIN { require 'linux.pm' }

sub PIECE ()   { 65536 }
sub SECONDS () { 10 }

sub dial {
    my ($port) = @_;
    if ( $port !~ /\A[1-9][0-9]{0,4}\z/ || $port > 65535 ) { print STDERR "anyon-run: a port is a number from 1 to 65535\n"; return 64 }
    local $SIG{PIPE} = 'IGNORE';
    $| = 1;
    my $socket = connected($port);
    print $socket ? "+\n" : "-\n";
    return 1 if !$socket;
    fcntl( $_, Linux::f_setfl, Linux::o_rdwr | Linux::o_nonblock ) for \*STDIN, \*STDOUT, $socket;
    return bridge($socket);
}

# Most listen on the one or the other address only: `localhost` is the second for some programs.
sub connected {
    my ($port) = @_;
    for my $way ( [ 2, pack( 'S n a4 x8', 2, $port, "\x7f\0\0\1" ) ], [ 10, pack( 'S n N a16 N', 10, $port, 0, "\0" x 15 . "\1", 0 ) ] ) {
        my ( $family, $address ) = @$way;
        socket( my $socket, $family, 1, 0 ) or next;
        my $done = eval {
            local $SIG{ALRM} = sub { die "late\n" };
            alarm SECONDS;
            my $well = connect( $socket, $address );
            alarm 0;
            $well;
        };
        alarm 0;
        next if !$done;
        setsockopt( $socket, 6, 1, pack( 'i', 1 ) );    # TCP_NODELAY: what comes is passed on at once
        return $socket;
    }
    return;
}

# Each direction holds one piece at most, so whoever reads slowly slows the writer down.
sub bridge {
    my ($socket) = @_;
    my @ways = ( { from => \*STDIN, to => $socket, held => '' }, { from => $socket, to => \*STDOUT, held => '' } );
    while (1) {
        my ( $readable, $writable ) = ( '', '' );
        for my $way (@ways) {
            if   ( $way->{held} eq '' ) { vec( $readable, fileno $way->{from}, 1 ) = 1 }
            else                        { vec( $writable, fileno $way->{to},   1 ) = 1 }
        }
        next if select( $readable, $writable, undef, undef ) < 0;
        for my $way (@ways) {
            if ( $way->{held} eq '' ) {
                next if !vec( $readable, fileno $way->{from}, 1 );
                my $count = sysread( $way->{from}, $way->{held}, PIECE );
                next if !defined $count && passing();
                return 0 if !$count;    # all of what came before has been written
            }
            my $count = syswrite( $way->{to}, $way->{held} );
            if    ( defined $count ) { substr( $way->{held}, 0, $count, '' ) }
            elsif ( !passing() )     { return 0 }
        }
    }
}

# EAGAIN, EINTR.
sub passing { return $! == 11 || $! == 4 }

1;
