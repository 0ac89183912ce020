# Puts the commits of a run's branch onto another commit. All of it happens in a tree of its own: the run's own tree is changed in one
# step when everything has come out well, and not at all otherwise.
package AnyonRun::Rebase;
use strict;
require 'checkpoint.pm';
require 'commit.pm';
require 'publish-state.pm';

sub FILES () { 500 }

# Reads rebase.json { tree, onto, name, email }; prints { outcome, files, head, checkpoints, complete }. Outcomes: done, current (nothing to do),
# uncommitted, conflict (in these files), blocked (files that git ignores, or that came meanwhile, are in the way).
sub rebase {
    my ($id) = @_;
    AnyonRun::Exchange::enter($id);
    return AnyonRun::Checkpoint::carefully(
        sub {
            my $asked = AnyonRun::Commit::request('rebase.json');
            $asked->{onto} =~ /\A[0-9a-f]{40,64}\z/ or die "not a commit\n";
            my $tree = AnyonRun::Trees::named( $asked->{tree} );
            my ( $outcome, @files ) = AnyonRun::Commit::as_person( $asked, sub { move( $tree, $asked->{onto} ) } );
            splice @files, FILES if @files > FILES;
            AnyonRun::Exchange::write_all(
                \*STDOUT,
                sprintf qq({"outcome":"%s","files":[%s],"head":%s,%s}\n),
                $outcome, join( ',', map { AnyonRun::Json::quote($_) } @files ), AnyonRun::Json::text( AnyonRun::Trees::head($tree) ), AnyonRun::Checkpoint::refs_json( { where => $tree } )
            );
        }
    );
}

sub move {
    my ( $tree, $onto ) = @_;
    my $head = AnyonRun::Trees::head($tree) // return 'current';
    return 'uncommitted' if AnyonRun::PublishState::uncommitted($tree);
    return 'current' if !AnyonRun::PublishState::count( $tree, $onto, $head );
    AnyonRun::Take::take( $tree, 'rebase', force => 1 );    # it also holds the commits that the branch has now
    my ( $new, @files ) = aside( $tree, $head, $onto );
    return ( 'conflict', @files ) if !defined $new;
    die "somebody has changed the files meanwhile\n" if AnyonRun::PublishState::uncommitted($tree) || AnyonRun::Trees::head($tree) ne $head;
    my $branch = AnyonRun::Trees::branch($tree);
    my @where = defined $branch ? ( '-B', $branch ) : ('--detach');
    my ($status) = AnyonRun::Git::run( $tree->{directory}, 65536, 'checkout', '--quiet', '--no-overwrite-ignore', '--no-recurse-submodules', @where, $new, '--' );
    return $status == 0 ? 'done' : 'blocked';
}

# The new commit, or undef and the files in conflict.
sub aside {
    my ( $tree, $head, $onto ) = @_;
    my ($folder) = $tree->{directory} =~ m{([^/]+)\z};
    my $aside = AnyonRun::Trees::ROOT() . "/.anyon/rebase/$folder";
    clear( $tree, $aside );
    AnyonRun::Git::ask( $tree->{directory}, 'worktree', 'add', '--quiet', '--detach', '--', $aside, $head );
    my @settings = map { ( '-c', $_ ) } qw(rerere.enabled=false rebase.updateRefs=false rebase.autoStash=false rebase.autoSquash=false);
    my ($status) = AnyonRun::Git::run( $aside, 65536, @settings, 'rebase', '--quiet', '--no-verify', '--no-gpg-sign', '--no-stat', $onto );
    my ( $new, @files ) = $status == 0 ? AnyonRun::Git::ask( $aside, 'rev-parse', '--verify', 'HEAD^{commit}' ) : ( undef, unmerged($aside) );
    clear( $tree, $aside );
    die "git rebase failed\n" if !defined $new && !@files;
    return ( $new, @files );
}

sub unmerged {
    my ($directory) = @_;
    my @files;
    AnyonRun::Git::each_record( $directory, sub { push @files, $_[0] }, 'diff', '--name-only', '-z', '--diff-filter=U' );
    return @files;
}

# Also what an earlier one that was killed has left.
sub clear {
    my ( $tree, $aside ) = @_;
    AnyonRun::Git::quietly( sub { AnyonRun::Git::run( $tree->{directory}, 65536, 'worktree', 'remove', '--force', '--force', '--', $aside ) } );
    system( 'rm', '-rf', '--', $aside ) if AnyonRun::Trees::is_there($aside);
    AnyonRun::Git::run( $tree->{directory}, 65536, 'worktree', 'prune' );
    return;
}

1;
