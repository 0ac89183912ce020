# What a run has changed: the working tree where it began, or where its conversation began, against the working tree now, new
# files included and ignored ones not. The user's index is never touched: git works on a copy of it.
package AnyonRun::Snapshot;
use strict;
require 'git.pm';
require 'changes.pm';
require 'patch.pm';

sub SECONDS ()       { 120 }
sub BEGIN_SECONDS () { 20 }

# Whether it is for this command to say where the run begins: not when an earlier attempt has, nor when the worktree was made with files.
sub has_beginning {
    my ($spec) = @_;
    return $spec->{snapshot} && !defined base_given( $spec, 'run' ) && !defined noted('before');
}

# Writes down where the run begins: the commit that is checked out (`base`), and as a commit on top of it the working tree (`before`).
sub note_beginning {
    my ( $id, $spec ) = @_;
    local $ENV{ANYON_RUN_ID} = $id;    # a stop in this stage finds git by the mark
    return begin( $id, $spec );
}

sub begin {
    my ( $id, $spec ) = @_;
    return AnyonRun::Git::within_time(
        BEGIN_SECONDS,
        sub {
            my $top = $spec->{worktree} ? $spec->{worktree}{path} : top($spec);
            my $made = $spec->{worktree} ? noted('base') : undef;    # its files are those of that commit: nobody has to look
            my $head = $made // head($top);
            AnyonRun::Exchange::publish( 'base', "$head\n" ) if defined $head && !defined $made;
            my $commit = commit( $top, $made ? "$made^{tree}" : with_index_copy( $top, \&write_tree ), "Anyon run $id begins", $head // () );
            AnyonRun::Git::ask( $top, 'update-ref', "refs/anyon/before/$id", $commit );
            AnyonRun::Exchange::publish( 'before', "$commit\n" );
        }
    );
}

# Writes the diffs against both beginnings and keeps the tree of now under the hidden ref refs/anyon/runs/<id>, told in `after`.
# Dies with a sentence when it cannot.
sub take {
    my ( $id, $spec ) = @_;
    begin( $id, $spec ) if $spec->{unread} && has_beginning($spec);    # stopped before the command was told anything; without the mark, or the stop would end git
    return AnyonRun::Git::within_time(
        SECONDS,
        sub {
            my $top  = top($spec);
            my $tree = with_index_copy( $top, \&write_tree );
            my ( $run, $conversation ) = map { base( $spec, $_ ) } qw(run conversation);
            publish( $top, $run, $tree, 'diff.patch', 'changes.json' );
            publish( $top, $conversation, $tree, 'conversation.patch', 'conversation.json' ) if $conversation ne $run;
            keep( $id, $top, $tree, $run );
        }
    );
}

sub publish {
    my ( $top, $base, $tree, $patch_name, $changes_name ) = @_;
    my ( $patch, $json ) = compare( $top, $base, $tree );
    AnyonRun::Exchange::publish( $patch_name, $patch );
    AnyonRun::Exchange::publish( $changes_name, $json );
    return;
}

# The diff of this moment against one of the beginnings, as (patch, JSON about its files); writes nothing but objects.
sub current {
    my ( $spec, $against ) = @_;
    my $top = top($spec);
    return compare( $top, base( $spec, $against ), with_index_copy( $top, \&write_tree ) );
}

sub compare {
    my ( $top, $base, $tree ) = @_;
    my ( $files, $shortened ) = AnyonRun::Changes::list( $top, $base, $tree );
    my ( $patch, $cut ) = AnyonRun::Patch::of( $top, $base, $tree, $files );
    return ( $patch, AnyonRun::Changes::to_json( $files, $cut || $shortened ) );
}

sub top {
    my ($spec) = @_;
    return AnyonRun::Git::ask( $spec->{worktree} ? $spec->{worktree}{path} : $spec->{cwd}, 'rev-parse', '--show-toplevel' );
}

# The commit to compare with. The command that was started may have rewritten the files: only a commit id is taken from them.
sub base {
    my ( $spec, $against ) = @_;
    return base_given( $spec, $against ) // base_given( $spec, 'run' ) // noted('before') // noted('base') // die "the base commit is not known\n";
}

# As the host knows it: of an earlier attempt, or of the run with which the conversation began.
sub base_given {
    my ( $spec, $against ) = @_;
    my $bases = ref $spec->{bases} eq 'HASH' ? $spec->{bases} : {};
    return ( $bases->{$against} // '' ) =~ /\A([0-9a-f]{40,64})\z/ ? $1 : undef;
}

sub noted { return ( AnyonRun::Exchange::slurp( $_[0], 256 ) // '' ) =~ /\A([0-9a-f]{40,64})\n/ ? $1 : undef }

sub head {
    my ($top) = @_;
    my ( $status, $output ) = AnyonRun::Git::run( $top, 256, 'rev-parse', '--verify', '--quiet', 'HEAD^{commit}' );
    return $status == 0 && $output =~ /\A([0-9a-f]{40,64})\n\z/ ? $1 : undef;
}

# `cp -p` keeps the time of the index: git trusts files older than it, and a fresh time would hide the newest changes.
sub with_index_copy {
    my ( $top, $work ) = @_;
    my $index = AnyonRun::Git::ask( $top, 'rev-parse', '--path-format=absolute', '--git-path', 'index' );
    my $place = defined $AnyonRun::Exchange::entered ? AnyonRun::Exchange::ROOT() . "/$AnyonRun::Exchange::entered" : '/tmp';
    my $directory = sprintf '%s/.snapshot.%d.%06x', $place, $$, int rand 0xffffff;
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

# Commits that nobody sees in `git log`, so that both ends of the run stay even when its branch goes.
sub keep {
    my ( $id, $top, $tree, $before ) = @_;
    my $raw = eval { raw_files($top) };
    print STDERR "anyon-run: the files as they are on disk could not be kept: $@" if !defined $raw;
    my ( $status, $branch ) = AnyonRun::Git::run( $top, 4096, 'symbolic-ref', '--quiet', '--short', 'HEAD' );
    my $message = "Anyon run $id\n\n" . ( defined $raw ? "Files: $raw\n" : '' ) . ( $status == 0 ? "Branch: $branch" : '' );
    my $commit = commit( $top, $tree, $message, head($top) // (), $raw // () );
    AnyonRun::Git::ask( $top, 'update-ref', "refs/anyon/runs/$id", $commit );
    AnyonRun::Git::ask( $top, 'update-ref', "refs/anyon/before/$id", $before );
    AnyonRun::Exchange::publish( 'after', "$commit\n" );
    return;
}

# A commit of the files byte for byte, as a checkpoint is: git has its own idea of line ends and filters, and what is restored must
# be what was there.
sub raw_files {
    my ($top) = @_;
    require 'take.pm';
    my ($name) = $top =~ m{\A/workspace/(.+)\z};
    AnyonRun::Trees::is_name( $name // '' ) or die "it is not a working tree of the workspace\n";
    AnyonRun::Shadow::lock(5);
    my $where = AnyonRun::Trees::named($name);
    AnyonRun::Shadow::prepare($where);
    my ($id) = AnyonRun::RawTree::record( $where, [] );
    my $head = AnyonRun::Trees::head($where);
    return AnyonRun::Take::commit( $where, "Anyon: files at the end of a run\n", $id, $head // () );
}

sub commit {
    my ( $top, $tree, $message, @parents ) = @_;
    local @ENV{qw(GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL)} = ( 'Anyon', 'anyon@localhost' ) x 2;
    return AnyonRun::Git::ask( $top, 'commit-tree', ( map { ( '-p', $_ ) } @parents ), '-m', $message, $tree );
}

1;
