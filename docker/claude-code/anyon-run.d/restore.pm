# Makes a working tree what it was at a checkpoint or at the end of a run. Before that a checkpoint of now is taken, so that nothing is lost by it.
# Branches and index stay as they are; ignored files stay; what stands in the way and is in no checkpoint is never overwritten.
package AnyonRun::Restore;
use strict;
require 'checkpoint.pm';

# Prints what `checkpoint` prints, and the commit that holds the state before. 1 when it could not be done (the reason on stderr).
sub restore {
    my ( $name, $commit ) = @_;
    if ( !AnyonRun::Trees::is_name($name) || $commit !~ /\A[0-9a-f]{40,64}\z/ ) { print STDERR "anyon-run: not a working tree or not a commit\n"; return 64 }
    return AnyonRun::Checkpoint::carefully(
        sub {
            my ( $tree, $files ) = tree_of( $name, $commit );
            my $before = bring_back( $tree, $files );
            my $json = AnyonRun::Checkpoint::refs_json( { where => $tree } );
            AnyonRun::Exchange::write_all( \*STDOUT, qq({"before":"$before",$json}\n) );
        }
    );
}

# The tree, made again when its run's worktree has been removed, and the commit that holds its files byte for byte.
sub tree_of {
    my ( $name, $commit ) = @_;
    my $directory = AnyonRun::Trees::ROOT() . "/$name";
    my $there = AnyonRun::Trees::is_there($directory);
    my $tree = AnyonRun::Trees::named( $there ? $name : 'repo' );
    my ($checkpoint) = grep { $_->{commit} eq $commit } AnyonRun::CheckpointRefs::list( $tree, 'refs/anyon/checkpoints/' . AnyonRun::Trees::as_ref($name) );
    $checkpoint //= end_of_run( $tree, $commit ) // die "this checkpoint is gone\n";
    my $files = $checkpoint->{files_commit} // $commit;
    return ( $tree, $files ) if $there;
    my ( $status, $head ) = AnyonRun::Git::run( $tree->{directory}, 256, 'rev-parse', '--verify', '--quiet', "$commit^1" );
    die "the working tree is gone and had no commit to begin with\n" if $status != 0;
    chomp $head;
    add_worktree( $tree, $directory, $head, $checkpoint->{branch} );
    AnyonRun::Git::ask( $directory, 'read-tree', 'HEAD' );
    return ( AnyonRun::Trees::named($name), $files );
}

# What Snapshot::keep wrote down, or undef.
sub end_of_run {
    my ( $tree, $commit ) = @_;
    my ( @field, $found );
    my $take = sub {
        push @field, $_[0];
        return if @field < 2;
        my ( $id, $body ) = splice @field;
        return if $id !~ /\A\n?\Q$commit\E\z/;
        my %said = $body =~ /^(Files|Branch): (.*)$/mg;
        $found = { branch => $said{Branch}, ( $said{Files} // '' ) =~ /\A([0-9a-f]{40,64})\z/ ? ( files_commit => $1 ) : () };
    };
    AnyonRun::Git::each_record( $tree->{directory}, $take, 'for-each-ref', '--format=%(objectname)%00%(contents:body)%00', 'refs/anyon/runs/' );
    return $found;
}

# On its branch where that is still at $head and free, else on no branch. Writes no files.
sub add_worktree {
    my ( $tree, $directory, $head, $branch ) = @_;
    my @add = ( 'worktree', 'add', '--quiet', '--no-checkout' );
    AnyonRun::Git::run( $tree->{directory}, 65536, 'worktree', 'prune' );
    if ( defined $branch && $branch !~ /\A-/ ) {
        my ( $status, $at ) = AnyonRun::Git::run( $tree->{directory}, 256, 'rev-parse', '--verify', '--quiet', "refs/heads/$branch" );
        return if $status == 0 && $at eq "$head\n" && ( AnyonRun::Git::run( $tree->{directory}, 65536, @add, '--', $directory, $branch ) )[0] == 0;
    }
    AnyonRun::Git::ask( $tree->{directory}, @add, '--detach', '--', $directory, $head );
    return;
}

# Returns the commit that holds what was there before.
sub bring_back {
    my ( $tree, $commit ) = @_;
    my $target = AnyonRun::Git::ask( $tree->{directory}, 'rev-parse', '--verify', "$commit^{tree}" );
    my $before;
    for my $try ( 1 .. 3 ) {
        $before = AnyonRun::Take::take( $tree, 'restore', force => 1, also => [ paths( $tree, $target ) ] );
        last if eval { switch( $tree, $before->{tree}, $target ); 1 };
        die "files that no checkpoint holds are in the way, or somebody is changing files at this moment\n" if $try == 3;
    }
    for my $link ( links( $tree, $target ) ) {
        my ( $inner_commit, $path ) = @$link;
        next if !AnyonRun::Trees::is_there("$tree->{directory}/$path/.git");
        require 'inner-repository.pm';
        my $done = eval { bring_back( AnyonRun::InnerRepository::find( $tree, $path ), $inner_commit ); 1 };
        print STDERR "anyon-run: the repository at $path stays as it is: $@" if !$done;
    }
    return $before->{commit};
}

# Writes the files of $target over those of $now, which is what is there. git refuses when it is not.
sub switch {
    my ( $tree, $now, $target ) = @_;
    AnyonRun::Shadow::inside( $tree, sub { AnyonRun::Git::ask( $tree->{directory}, 'read-tree', '-m', '-u', '--no-recurse-submodules', $now, $target ) } );
    AnyonRun::Shadow::write_file( "$tree->{shadow}/links", join '', map { "$_->[1]\0" } links( $tree, $target ) );
    return;
}

sub paths {
    my ( $tree, $id ) = @_;
    my @paths;
    AnyonRun::Git::each_record( $tree->{directory}, sub { push @paths, $_[0] }, 'ls-tree', '-r', '-z', '--full-tree', '--name-only', $id );
    return @paths;
}

# [commit, path] of every repository inside.
sub links {
    my ( $tree, $id ) = @_;
    my @links;
    my $take = sub { push @links, [ $1, $2 ] if $_[0] =~ /\A160000 commit ([0-9a-f]+)\t(.*)\z/s };
    AnyonRun::Git::each_record( $tree->{directory}, $take, 'ls-tree', '-r', '-z', '--full-tree', $id );
    return @links;
}

1;
