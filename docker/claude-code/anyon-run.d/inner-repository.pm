# A repository inside of a working tree (a submodule, a clone): git looks at it from outside as one commit. So it gets
# checkpoints of its own, and the tree around it holds the newest of them.
package AnyonRun::InnerRepository;
use strict;
require 'trees.pm';

sub DEEPEST () { 5 }
sub MOST ()    { 100 }

my $count = 0;

# The commit that stands for the repository at $path of $tree with all that is in it, or undef when it cannot be told.
sub commit {
    my ( $tree, $path ) = @_;
    return if ( $tree->{depth} // 0 ) >= DEEPEST || ++$count > MOST;
    require 'take.pm';
    my $taken = eval {
        AnyonRun::Shadow::outside( sub { AnyonRun::Take::take( find( $tree, $path ), 'inner' ) } );
    };
    print STDERR "anyon-run: the repository at $path: $@" if $@;
    return if !$taken || $taken->{skipped};
    return $taken->{commit};
}

sub find {
    my ( $tree, $path ) = @_;
    my $directory = "$tree->{directory}/$path";
    die "it has a name over several lines\n" if $directory =~ /\n/;
    require Digest::SHA;
    my $key = Digest::SHA::sha1_hex($directory);
    my $inner = AnyonRun::Trees::locate( $directory, "refs/anyon/inner/$key", "inner/$key" );
    $inner->{depth} = ( $tree->{depth} // 0 ) + 1;
    return $inner;
}

1;
