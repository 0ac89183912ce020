package AnyonTerminal;
use strict;
use Errno qw(EAGAIN EINTR);
use Fcntl qw(F_SETFL O_NONBLOCK O_RDWR);
require 'frames.pm';

my $ROOM = 65536;

# Who is at the other end of the terminal speaks up every ten seconds. An engine does not tell that a connection broke.
my $SILENCE = 45;

# A pipe between the terminal it runs on and the holder. Neither direction waits for the other.
sub attach {
    my ( $id, $from ) = @_;
    system( 'stty', 'raw', '-echo' ) == 0 or return 64;
    my $holder = join_soon( $id, $from ? 0 : 250 );
    if ( !$holder ) {
        syswrite( STDOUT, frame( 'E', 'gone ' . left_note($id) ) );
        return 3;
    }
    $SIG{PIPE} = 'IGNORE';
    fcntl( $_, F_SETFL, O_RDWR | O_NONBLOCK ) for \*STDIN, \*STDOUT, $holder;
    my ( $in, $out ) = ( frame( 'F', $from ), '' );
    my $heard = time;
    my ( $stdin, $stdout, $socket ) = map { fileno $_ } \*STDIN, \*STDOUT, $holder;
    while ( time - $heard < $SILENCE ) {
        my ( $readable, $writable ) = ( '', '' );
        vec( $readable, $stdin,  1 ) = 1 if length $in < $ROOM;
        vec( $readable, $socket, 1 ) = 1 if length $out < $ROOM;
        vec( $writable, $socket, 1 ) = 1 if length $in;
        vec( $writable, $stdout, 1 ) = 1 if length $out;
        next if select( $readable, $writable, undef, 5 ) <= 0;
        if ( vec( $readable, $stdin, 1 ) ) {
            pull( \*STDIN, $in ) or return 0;
            $heard = time;
        }
        if ( vec( $readable, $socket, 1 ) && !pull( $holder, $out ) ) {
            fcntl( STDOUT, F_SETFL, O_RDWR );
            syswrite( STDOUT, $out ) if length $out;
            return 0;
        }
        push_out( $holder,  $in )  or return 0 if vec( $writable, $socket, 1 );
        push_out( \*STDOUT, $out ) or return 0 if vec( $writable, $stdout, 1 );
    }
    return 0;
}

# A holder that was just asked for, of which nothing was seen yet, needs a moment.
sub join_soon {
    my ( $id, $tries ) = @_;
    for ( 0 .. $tries ) {
        my $holder = join_holder($id);
        return $holder if $holder || -e note_file($id) || !$tries;
        select( undef, undef, undef, 0.02 );
    }
    return undef;
}

sub left_note {
    open( my $file, '<', note_file( $_[0] ) ) or return '';
    return substr( <$file> // '', 0, 100 );
}

# False at the end.
sub pull {
    my $count = sysread( $_[0], $_[1], 32768, length $_[1] );
    return defined $count ? $count > 0 : ( $! == EAGAIN || $! == EINTR );
}

sub push_out {
    my $count = syswrite( $_[0], $_[1] );
    return $! == EAGAIN || $! == EINTR if !defined $count;
    substr( $_[1], 0, $count, '' );
    return 1;
}

1;
