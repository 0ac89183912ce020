package AnyonTerminal;
use strict;
use Socket;

# What passes between a holder and whoever is attached: a letter, the length in four bytes, the content.
#   to the holder:   F from · T taken up to · K tab, sequence, keys · R columns rows · W draw the screen again · C close · P still there
#   from the holder: H start end columns rows · O output · A tab, sequence, verdict · S columns rows · E how it ended
our $MOST = 65536 + 64;

sub frame { return pack( 'a1 N', $_[0], length $_[1] ) . $_[1] }

# Takes the next whole frame off the front of $_[0]; nothing while there is none. Dies of one that is too long.
sub take_frame {
    return if length( $_[0] ) < 5;
    my ( $letter, $length ) = unpack( 'a1 N', $_[0] );
    die "frame of $length bytes\n" if $length > $MOST;
    return if length( $_[0] ) < 5 + $length;
    my $content = substr( $_[0], 5, $length );
    substr( $_[0], 0, 5 + $length, '' );
    return ( $letter, $content );
}

sub address { return pack_sockaddr_un("\0anyon-terminal-$_[0]") }

# Where the holder of a terminal says how it ended: whoever comes later is told.
sub note_file { return "/tmp/.anyon-terminal-$_[0]" }

sub join_holder {
    my ($id) = @_;
    socket( my $socket, AF_UNIX, SOCK_STREAM, 0 ) or die "no socket: $!\n";
    return connect( $socket, address($id) ) ? $socket : undef;
}

1;
