# Takes the worktree of a run away after its files were kept in a checkpoint. `restore` makes it again from there.
package AnyonRun::PutAway;
use strict;
require 'checkpoint.pm';

# Prints what `checkpoint` prints of the repository, and the commit that holds the files; null where there never were any. One that is
# away already is told again. 1 when it must stay (the reason on stderr).
sub put_away {
    my ($name) = @_;
    if ( $name !~ m{\Aworktrees/} || !AnyonRun::Trees::is_name($name) ) { print STDERR "anyon-run: not a worktree\n"; return 64 }
    return AnyonRun::Checkpoint::carefully(
        sub {
            my $repository = AnyonRun::Trees::named('repo');
            my $kept = AnyonRun::Trees::is_there( AnyonRun::Trees::ROOT() . "/$name" ) ? keep_and_remove( $repository, $name ) : newest( $repository, $name );
            my $json = AnyonRun::Checkpoint::refs_json( { where => $repository } );
            AnyonRun::Exchange::write_all( \*STDOUT, sprintf qq({"kept":%s,%s}\n), AnyonRun::Json::text($kept), $json );
        }
    );
}

# What no checkpoint can hold keeps the worktree where it is.
sub keep_and_remove {
    my ( $repository, $name ) = @_;
    my $tree = AnyonRun::Trees::named($name);
    die "it is not a worktree of the repository\n" if $tree->{common} ne $repository->{common};
    my $kept = AnyonRun::Take::take( $tree, 'variant', force => 1 );
    die "some of its files cannot be read\n" if $kept->{skipped};
    die "there are repositories inside of it\n" if $kept->{inner};
    AnyonRun::Git::ask( $repository->{directory}, 'worktree', 'remove', '--force', '--force', '--', $tree->{directory} );
    return $kept->{commit};
}

sub newest {
    my ( $repository, $name ) = @_;
    my ($newest) = AnyonRun::CheckpointRefs::list( $repository, 'refs/anyon/checkpoints/' . AnyonRun::Trees::as_ref($name) );
    return $newest ? $newest->{commit} : undef;
}

1;
