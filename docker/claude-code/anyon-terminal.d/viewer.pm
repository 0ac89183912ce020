package AnyonTerminal;
use strict;
use Errno qw(EAGAIN EINTR);
require 'frames.pm';

my $PIECE = 32768;

# May be on its way to a viewer: an engine would gather megabytes, and a Ctrl+C would be seen after all of them.
my $ON_THE_WAY = 128 * 1024;

# Says what is there and where the output begins that follows: at the byte asked for, or at the first that is still kept.
sub greet {
    my ( $viewer, $held, $from ) = @_;
    my $start = start_of_kept();
    $viewer->{at} = $from >= $start && $from <= $held->{end} ? $from + 0 : $start;
    $viewer->{taken} = $viewer->{at};
    $viewer->{out} .= frame( 'H', join ' ', $viewer->{at}, $held->{end}, @{ $held->{size} } );
    redraw() if $viewer->{at} > $from;
}

# Puts the next piece of output into what goes out, once the one before is gone. Whoever fell behind what is kept is greeted anew.
sub fill {
    my ( $viewer, $held ) = @_;
    return if !defined $viewer->{at} || length $viewer->{out} > $PIECE || $viewer->{at} - $viewer->{taken} >= $ON_THE_WAY;
    my $start = start_of_kept();
    greet( $viewer, $held, 0 ) if $viewer->{at} < $start;
    my $piece = substr( $held->{kept}, $viewer->{at} - $start, $PIECE );
    return if $piece eq '';
    $viewer->{at} += length $piece;
    $viewer->{out} .= frame( 'O', $piece );
}

sub drain {
    my ($viewer) = @_;
    my $count = syswrite( $viewer->{socket}, $viewer->{out} );
    if ( defined $count ) { substr( $viewer->{out}, 0, $count, '' ) }
    elsif ( $! != EAGAIN && $! != EINTR ) { $viewer->{gone} = 1 }
}

1;
