# What a run has changed: base commit against the working tree, new files included. The user's index is never touched: git works
# on a copy of it.
package AnyonRun::Snapshot;
use strict;
require 'git.pm';
require 'changes.pm';

sub PATCH_LIMIT () { 8 * 1024 * 1024 }
sub SECONDS ()     { 120 }

# Writes diff.patch, changes.json and the hidden ref refs/anyon/runs/<id>; dies with a sentence when it cannot.
sub take {
    my ( $id, $spec ) = @_;
    return AnyonRun::Git::within_time(
        SECONDS,
        sub {
            my ( $top, $base ) = where($spec);
            my $tree = with_index_copy( $top, \&write_tree );
            my ( $patch, $cut ) = patch( $top, $base, $tree );
            my ( $changes, $shortened ) = AnyonRun::Changes::list( $top, $base, $tree );
            AnyonRun::Exchange::publish( 'diff.patch', $patch );
            AnyonRun::Exchange::publish( 'changes.json', AnyonRun::Changes::to_json( $changes, $cut || $shortened ) );
            keep( $id, $top, $tree );
        }
    );
}

# The patch of this moment and whether it is cut; writes nothing but objects.
sub current_patch {
    my ($spec) = @_;
    my ( $top, $base ) = where($spec);
    return patch( $top, $base, with_index_copy( $top, \&write_tree ) );
}

# The command that was started may have rewritten `base`: only a commit id is taken from it.
sub where {
    my ($spec) = @_;
    my ($base) = ( AnyonRun::Exchange::slurp( 'base', 256 ) // '' ) =~ /\A([0-9a-f]{40,64})\n/ or die "the base commit is not known\n";
    my $directory = $spec->{worktree} ? $spec->{worktree}{path} : $spec->{cwd};
    return ( AnyonRun::Git::ask( $directory, 'rev-parse', '--show-toplevel' ), $base );
}

# A command without a worktree of its own is compared with the commit that was checked out when it started.
sub note_base {
    my ($spec) = @_;
    my $base = eval { AnyonRun::Git::ask( $spec->{cwd}, 'rev-parse', '--verify', '--quiet', 'HEAD^{commit}' ) } // return;
    AnyonRun::Exchange::publish( 'base', "$base\n" );
    return;
}

# `cp -p` keeps the time of the index: git trusts files older than it, and a fresh time would hide the newest changes.
sub with_index_copy {
    my ( $top, $work ) = @_;
    my $index = AnyonRun::Git::ask( $top, 'rev-parse', '--path-format=absolute', '--git-path', 'index' );
    my $directory = sprintf '%s/%s/.snapshot.%d.%06x', AnyonRun::Exchange::ROOT(), $AnyonRun::Exchange::entered, $$, int rand 0xffffff;
    mkdir $directory, 0700 or die "no directory for the copied index: $!\n";
    system( 'cp', '-p', '--', $index, "$directory/index" ) if -f $index;
    local $ENV{GIT_INDEX_FILE} = "$directory/index";
    my $result = eval { $work->($top) };
    my $error = $@;
    unlink "$directory/index", "$directory/index.lock";
    rmdir $directory;
    return $result // die $error;
}

sub write_tree {
    my ($top) = @_;
    AnyonRun::Git::run( $top, 65536, 'add', '--all', '--ignore-errors' );    # what cannot be read is left as it was
    return AnyonRun::Git::ask( $top, 'write-tree' );
}

# At most PATCH_LIMIT bytes, cut between two files so that what is there can be read.
sub patch {
    my ( $top, $base, $tree ) = @_;
    my ( $status, $patch ) = AnyonRun::Git::run( $top, PATCH_LIMIT + 1, 'diff-tree', '-p', '-M', '--no-color', '--no-ext-diff', '--no-textconv', $base, $tree );
    if ( length $patch > PATCH_LIMIT ) {
        my $end = rindex $patch, "\ndiff --git ", PATCH_LIMIT;
        return ( $end < 0 ? '' : substr( $patch, 0, $end + 1 ), 1 );
    }
    $status == 0 or die "git diff-tree failed\n";
    return ( $patch, 0 );
}

# A commit that nobody sees in `git log`, so that the state of the run stays even when its branch goes.
sub keep {
    my ( $id, $top, $tree ) = @_;
    local @ENV{qw(GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL)} = ( 'Anyon', 'anyon@localhost' ) x 2;
    my $commit = AnyonRun::Git::ask( $top, 'commit-tree', '-p', 'HEAD', '-m', "Anyon run $id", $tree );
    AnyonRun::Git::ask( $top, 'update-ref', "refs/anyon/runs/$id", $commit );
    return;
}

1;
