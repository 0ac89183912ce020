# Before a workspace is removed: everything that only it has goes into one git bundle per repository. Where a bundle could not
# hold all of it, the answer says so, and the host keeps the files themselves.
package AnyonRun::Keep;
use strict;
require 'checkpoint.pm';

# Prints { keep: nothing | bundle | files, reason, repositories: [{ name, bundle, trees: [{ name, branch, head, commit, staged }] }] }.
sub keep {
    my ($id) = @_;
    AnyonRun::Exchange::enter($id);
    return AnyonRun::Checkpoint::carefully(
        sub {
            my @trees = AnyonRun::Checkpoint::take_all('delete');
            my $obstacle = obstacle(@trees);
            return answer( 'files', $obstacle ) if $obstacle;
            my @repositories = repositories(@trees);
            name_everything($_) for @repositories;
            return answer('nothing') if !grep { has_own_work($_) } @repositories;
            keep_line_ends($_) for @trees;
            my $letter = 'a';
            bundle( $_, 'repository-' . $letter++ . '.bundle' ) for @repositories;
            answer( 'bundle', undef, @repositories );
        }
    );
}

# Why bundles would not hold everything, as a sentence; undef when they do.
sub obstacle {
    my (@trees) = @_;
    for my $tree (@trees) {
        return "A checkpoint of $tree->{name} could not be taken: $tree->{reason}." if $tree->{outcome} eq 'failed';
        return "Some files of $tree->{name} cannot be read." if $tree->{skipped};
        return "There are repositories inside of $tree->{name}." if $tree->{inner};
        my $common = $tree->{where}{common};
        return "The repository of $tree->{name} is a shallow or partial clone." if -s "$common/shallow" || glob_any( "$common/objects/pack", qr/\.promisor\z/ );
        return "The repository of $tree->{name} has files in Git LFS or in submodules." if -d "$common/lfs/objects" || -d "$common/modules";
    }
    my ($stray) = strays( map { $_->{name} } @trees );
    return defined $stray ? 'There are files outside of the repositories.' : undef;
}

sub glob_any {
    my ( $folder, $pattern ) = @_;
    opendir( my $directory, $folder ) or return 0;
    return scalar grep { $_ =~ $pattern } readdir $directory;
}

# What lies in the workspace and in none of its trees. Empty folders are nothing.
sub strays {
    my %tree = map { $_ => 1 } @_;
    my $root = AnyonRun::Trees::ROOT();
    my @top = grep { !/\A(?:repositories|worktrees|\.anyon|lost\+found)\z/ } AnyonRun::Shadow::entries($root);
    my @below = map { my $parent = $_; map { "$parent/$_" } AnyonRun::Shadow::entries("$root/$parent") } qw(repositories worktrees);
    return grep { !$tree{$_} && ( -l "$root/$_" || !-d _ || AnyonRun::Shadow::entries("$root/$_") ) } @top, @below;
}

# { name, where, trees } for each repository; its name is that of its first tree.
sub repositories {
    my (@trees) = @_;
    my ( %known, @repositories );
    for my $tree (@trees) {
        my $repository = $known{ $tree->{where}{common} };
        push @repositories, $repository = $known{ $tree->{where}{common} } = { name => $tree->{name}, where => $tree->{where}, trees => [] } if !$repository;
        push @{ $repository->{trees} }, $tree;
    }
    return @repositories;
}

# What no branch or tag leads to gets a ref: commits that are only checked out, and all but the newest of the stashes.
sub name_everything {
    my ($repository) = @_;
    my $directory = $repository->{where}{directory};
    for my $tree ( @{ $repository->{trees} } ) {
        $tree->{head}   = AnyonRun::Trees::head( $tree->{where} );
        $tree->{branch} = AnyonRun::Trees::branch( $tree->{where} );
        AnyonRun::Git::ask( $directory, 'update-ref', 'refs/anyon/heads/' . AnyonRun::Trees::as_ref( $tree->{name} ), $tree->{head} ) if $tree->{head};
    }
    my ( $status, $output ) = AnyonRun::Git::run( $directory, 1024 * 1024, 'rev-parse', '--verify', '--quiet', 'refs/stash' );
    return if $status != 0;
    ( $status, $output ) = AnyonRun::Git::run( $directory, 1024 * 1024, 'reflog', 'show', '--no-show-signature', '--format=%H', 'refs/stash' );
    my @stashes = $output =~ /^([0-9a-f]{40,64})$/mg;
    AnyonRun::Git::ask( $directory, 'update-ref', sprintf( 'refs/anyon/stash/%05d', $_ ), $stashes[$_] ) for 0 .. $#stashes;
    return;
}

# True when some ref leads to a commit that the remote did not have when it was last asked.
sub has_own_work {
    my ($repository) = @_;
    return AnyonRun::Git::ask( $repository->{where}{directory}, 'rev-list', '--max-count=1', '--all', '--not', '--remotes=origin' ) ne '';
}

# Nobody's work, but they come back as they were.
sub keep_line_ends {
    my ($tree) = @_;
    return if $tree->{outcome} ne 'clean' || $tree->{tree} eq $tree->{base};
    %$tree = ( %$tree, %{ AnyonRun::Take::take( $tree->{where}, 'delete', force => 1 ) } );
    return;
}

sub bundle {
    my ( $repository, $file ) = @_;
    my $directory = $repository->{where}{directory};
    return if AnyonRun::Git::ask( $directory, 'for-each-ref', '--count=1' ) eq '';    # an empty one
    local $ENV{GIT_NO_REPLACE_OBJECTS} = 1;
    AnyonRun::Git::ask( $directory, 'bundle', 'create', '--quiet', AnyonRun::Exchange::ROOT() . "/$AnyonRun::Exchange::entered/$file", '--all' );
    $repository->{bundle} = $file;
    return;
}

sub answer {
    my ( $keep, $reason, @repositories ) = @_;
    my $list = join ',', map { repository_json($_) } @repositories;
    AnyonRun::Exchange::write_all( \*STDOUT, sprintf qq({"keep":"%s","reason":%s,"repositories":[%s]}\n), $keep, AnyonRun::Json::text($reason), $list );
    return;
}

sub repository_json {
    my ($repository) = @_;
    my @trees = map {
        sprintf '{"name":%s,"branch":%s,"head":%s,"commit":%s,"staged":%s}', map { AnyonRun::Json::text($_) } @$_{qw(name branch head commit staged)}
    } @{ $repository->{trees} };
    return sprintf '{"name":%s,"bundle":%s,"format":"%s","trees":[%s]}', AnyonRun::Json::quote( $repository->{name} ), AnyonRun::Json::text( $repository->{bundle} ), $repository->{where}{format}, join ',', @trees;
}

1;
