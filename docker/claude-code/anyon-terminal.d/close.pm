package AnyonTerminal;
use strict;
require 'frames.pm';

# Returns when the shell is gone: the holder lets go of its end of the socket last.
sub close {
    my ($id) = @_;
    my $socket = join_holder($id) or return 1;
    $SIG{PIPE} = 'IGNORE';
    syswrite( $socket, frame( 'C', '' ) );
    shutdown( $socket, 1 );
    1 while sysread( $socket, my $rest, 65536 );
    return 0;
}

1;
