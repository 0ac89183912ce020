# Every file of a working tree as a git tree, byte for byte: tracked, changed, new and tracked-though-ignored ones; not those
# that are ignored. The index behind it stays in the private directory, so the next time only what has changed is read.
package AnyonRun::RawTree;
use strict;
require 'shadow.pm';

# From so many new files on they go into packs: 50,000 as single objects take 200 MB of disk. git compares every file of a pack
# with every other, so a pack holds not too many.
sub MANY ()     { 5_000 }
sub PER_PACK () { 10_000 }

# (tree id, number of things that could not be put into it, whether there are repositories inside of the tree).
# @$also: paths that count although they are ignored.
sub record {
    my ( $tree, $also ) = @_;
    my @record = eval { once( $tree, $also ) };
    return $@ ? once( $tree, $also ) : @record;    # somebody has changed a file while it was read
}

sub once {
    my ( $tree, $also ) = @_;
    my ( $forced, $links, $known ) = persons_index($tree);
    return AnyonRun::Shadow::gather(
        $tree,
        sub {
            forget_links($tree);
            forget_ignored( $tree, $forced );
            my ( $skipped, $inner ) = update( $tree, [ keys %$forced, @$also ], $known );
            my $left = add_links( $tree, $links, $inner );
            return ( AnyonRun::Git::ask( $tree->{directory}, 'write-tree' ), $skipped + $left, scalar @$inner );
        }
    );
}

# From the person's own index: what is tracked although it is ignored, the commits of submodules, and how many files git knows.
# An index that cannot be read (a crash, somebody's experiment) is as good as none.
sub persons_index {
    my ($tree) = @_;
    my ( %forced, %links );
    my $known = 0;
    my @ignored = ( 'ls-files', '-z', '--cached', '--ignored', '--exclude-standard' );
    eval { AnyonRun::Git::quietly( sub { AnyonRun::Git::each_record( $tree->{directory}, sub { $forced{ $_[0] } = 1 }, @ignored ) } ) };
    my $look = sub { $known++; $links{$2} = $1 if $_[0] =~ /\A160000 ([0-9a-f]+) 0\t(.*)\z/s };
    eval { AnyonRun::Git::quietly( sub { AnyonRun::Git::each_record( $tree->{directory}, $look, 'ls-files', '-z', '--stage' ) } ) };
    return ( \%forced, \%links, $known );
}

# Repositories inside are looked at anew each time; git would not tell what has become of them.
sub forget_links {
    my ($tree) = @_;
    my $known = "$tree->{shadow}/links";
    AnyonRun::Git::feed( $tree->{directory}, $known, 'update-index', '-z', '--force-remove', '--stdin' ) if -s $known;
    unlink $known;
    return;
}

# What the last checkpoint held and a new .gitignore excludes.
sub forget_ignored {
    my ( $tree, $forced ) = @_;
    my @gone;
    AnyonRun::Git::each_record( $tree->{directory}, sub { push @gone, $_[0] if !$forced->{ $_[0] } }, 'ls-files', '-z', '--cached', '--ignored', '--exclude-standard' );
    feed_list( $tree, [ reverse sort @gone ], '--force-remove' );
    return;
}

# Brings the private index up to date: (number of files that were left out, names of repositories inside).
sub update {
    my ( $tree, $also, $known ) = @_;
    my ( @add, @remove, @inner, %linked );
    my $skipped = 0;
    my $sort = sub {
        my ($path) = @_;
        return push @inner, $path if $path =~ s{/\z}{};
        return push @remove, $path if behind_link( $tree->{directory}, $path, \%linked );
        lstat "$tree->{directory}/$path";
        return push @remove, $path if !-e _ || -d _;
        return $skipped++ if $path =~ m{(?:\A|/)\.git(?:/|\z)}i;    # git takes no such name
        return push @add, $path if -l _ || ( -f _ && -r _ );
        return push @remove, $path if !-f _;    # a FIFO or a socket holds nothing
        $skipped++;                             # cannot be read: what is known of it stays
    };
    AnyonRun::Git::each_record( $tree->{directory}, $sort, 'diff-files', '-z', '--name-only', '--ignore-submodules=all' );
    AnyonRun::Git::each_record( $tree->{directory}, $sort, 'ls-files', '-z', '--others', '--exclude-standard' );
    $sort->($_) for grep { AnyonRun::Trees::is_there("$tree->{directory}/$_") } @$also;
    feed_list( $tree, [ reverse sort @remove ], '--force-remove' );    # from the end: git moves all that comes after
    add_files( $tree, \@add, @add - $known > MANY );
    return ( $skipped, \@inner );
}

# Whether a folder on the way to it is a link by now: then there is no such file in this tree.
sub behind_link {
    my ( $directory, $path, $known ) = @_;
    my ($parent) = $path =~ m{\A(.*)/}s or return 0;
    return $known->{$parent} //= behind_link( $directory, $parent, $known ) || ( -l "$directory/$parent" ? 1 : 0 );
}

sub add_files {
    my ( $tree, $paths, $packed ) = @_;
    my @options = ( '--add', '--remove', '--replace' );
    return feed_list( $tree, $paths, @options ) if !$packed;
    local $ENV{GIT_CONFIG_PARAMETERS} = "'core.bigFileThreshold'='0'";    # what is above it goes into a pack
    feed_list( $tree, [ splice @$paths, 0, PER_PACK ], @options ) while @$paths;
    return;
}

# Submodules and clones inside: each is a repository with checkpoints of its own, of which this tree holds the commit.
# Returns how many could not be looked into.
sub add_links {
    my ( $tree, $links, $inner ) = @_;
    my %inner = map { $_ => 1 } @$inner;
    $inner{$_} = 1 for grep { AnyonRun::Trees::is_there("$tree->{directory}/$_/.git") } keys %$links;
    @$inner = sort keys %inner;
    my ( @lines, $left );
    for my $path (@$inner) {
        require 'inner-repository.pm';
        my $commit = AnyonRun::InnerRepository::commit( $tree, $path );
        if   ($commit) { push @lines, "160000 $commit\t$path" }
        else           { $left++ }
    }
    push @lines, map { "160000 $links->{$_}\t$_" } grep { !$inner{$_} && !-l "$tree->{directory}/$_" && -d _ } keys %$links;    # a submodule that is not there
    feed_records( $tree, \@lines, '--index-info' );
    AnyonRun::Shadow::write_file( "$tree->{shadow}/links", join '', map { s/\A[^\t]*\t//r . "\0" } @lines ) if @lines;
    return $left // 0;
}

sub feed_list { my ( $tree, $paths, @options ) = @_; return feed_records( $tree, $paths, @options, '--stdin' ) }

sub feed_records {
    my ( $tree, $records, @options ) = @_;
    return if !@$records;
    my $list = "$tree->{shadow}/list";
    AnyonRun::Shadow::write_file( $list, join "\0", @$records, '' );
    AnyonRun::Git::feed( $tree->{directory}, $list, 'update-index', '-z', @options );
    unlink $list;
    return;
}

1;
