# One checkpoint of one working tree: a commit of all its files under a hidden ref. Parents: the commit that is checked out, and,
# where something else was staged, a commit of that. Branches, index and stash stay as they are.
package AnyonRun::Take;
use strict;
require 'trees.pm';
require 'raw-tree.pm';
require 'checkpoint-refs.pm';

# { outcome: taken | same (the newest one holds it already) | clean (it is what is checked out), commit, tree, base, staged, skipped, inner }
# Options: force (also when clean), also (paths that count although they are ignored).
sub take {
    my ( $tree, $cause, %options ) = @_;
    AnyonRun::Shadow::prepare($tree);
    my ( $id, $skipped, $inner ) = AnyonRun::RawTree::record( $tree, $options{also} // [] );
    my $head   = AnyonRun::Trees::head($tree);
    my $base   = $head ? AnyonRun::Git::ask( $tree->{directory}, 'rev-parse', '--verify', "$head^{tree}" ) : empty_tree($tree);
    my $staged = staged( $tree, $base, $id );
    my %found = ( tree => $id, base => $base, staged => $staged, skipped => $skipped, inner => $inner, commit => $head );
    my $files = changed_files( $tree, $base, $id );
    return { %found, outcome => 'clean' } if !$options{force} && !$files && !$staged;

    my ( $newest, @older ) = AnyonRun::CheckpointRefs::list( $tree, $tree->{prefix} );
    my @candidates = ( $newest // (), $tree->{depth} ? @older : () );    # an inner one as often as it is needed: by it the tree around it is told
    my ($same) = grep { $_->{tree} eq $id && ( $_->{staged} // '' ) eq ( $staged // '' ) } @candidates;
    return { %found, outcome => 'same', commit => $same->{commit} } if $same;
    my @parents = ( $head // (), $staged ? commit( $tree, "Anyon: what was staged\n", $staged, $head // () ) : () );
    my $branch = AnyonRun::Trees::branch($tree);
    my $message = "Anyon checkpoint\n\nCause: $cause\nFiles: $files\n" . ( $staged ? "Staged: $staged\n" : '' ) . ( defined $branch ? "Branch: $branch\n" : '' );
    my $commit = commit( $tree, $message, $id, @parents );
    AnyonRun::CheckpointRefs::add( $tree, $commit );
    return { %found, outcome => 'taken', commit => $commit };
}

# The tree of the person's index where it is neither what is checked out nor what is in the files. During a merge there is none.
sub staged {
    my ( $tree, $base, $id ) = @_;
    return if !-f $tree->{index};
    my $copy = "$tree->{shadow}/persons-index";
    unlink $copy;
    system( 'cp', '--', $tree->{index}, $copy ) == 0 or return;
    local $ENV{GIT_INDEX_FILE} = $copy;
    my ( $status, $output ) = AnyonRun::Git::quietly( sub { AnyonRun::Git::run( $tree->{directory}, 256, 'write-tree' ) } );
    unlink $copy, "$copy.lock";
    return if $status != 0 || $output !~ /\A([0-9a-f]{40,64})\n\z/;
    return $1 eq $base || $1 eq $id ? undef : $1;
}

# How many files differ, not counting those in which git itself has changed the line ends.
sub changed_files {
    my ( $tree, $base, $id ) = @_;
    return 0 if $base eq $id;
    my ( $files, $what, @contents ) = (0);
    my $take = sub {
        return $what = $_[0] if !defined $what;    # ":modes ids status", then the path
        $files++;
        push @contents, [ $_[0], $2 ] if $what =~ /\A:(100\d+) \1 ([0-9a-f]+) [0-9a-f]+ M\z/;
        undef $what;
    };
    my @command = ( 'diff-tree', '-r', '-z', '--raw', '--no-abbrev', '--no-renames', '--ignore-submodules=none', $base, $id );
    AnyonRun::Shadow::inside( $tree, sub { AnyonRun::Git::each_record( $tree->{directory}, $take, @command ) } );
    return $files if !@contents;
    require 'line-ends.pm';
    return $files - AnyonRun::LineEnds::count_equal( $tree, \@contents );
}

sub commit {
    my ( $tree, $message, $id, @parents ) = @_;
    my @command = ( 'commit-tree', ( map { ( '-p', $_ ) } @parents ), '-m', $message, $id );
    return AnyonRun::Shadow::inside( $tree, sub { AnyonRun::Git::ask( $tree->{directory}, @command ) } );
}

sub empty_tree {
    my ($tree) = @_;
    return AnyonRun::Shadow::inside( $tree, sub { AnyonRun::Git::ask( $tree->{directory}, 'hash-object', '-t', 'tree', '/dev/null' ) } );
}

1;
