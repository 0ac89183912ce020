# The lines that differ between two trees, as git writes them, in bounds: of a file that differs in very much nothing is taken, and
# after PATCH_LIMIT bytes the rest is left out, between two files, so that what is there can be read.
package AnyonRun::Patch;
use strict;
require 'git.pm';

sub PATCH_LIMIT () { 8 * 1024 * 1024 }
sub FILE_LIMIT ()  { 512 * 1024 }
sub PIECE ()       { 65536 }

# A file that is larger than this counts as binary: git would hold it in memory, twice. The rest makes the output the same in every repository.
sub settings { return q('core.bigFileThreshold'='16m' 'diff.suppressBlankEmpty'='false' 'core.quotePath'='true') }

sub options { return qw(-r -M --no-color --no-ext-diff --no-textconv --ignore-submodules=none --submodule=short --src-prefix=a/ --dst-prefix=b/ -U3) }

# (patch, whether it is cut). Writes into each of @$files, which is in git's order, how many of the patch's pieces are about it
# ({blocks}: two where a file became a link) and why there are none ({omitted}: large or rest). $limit is that of a single file; @paths: of these alone.
sub of {
    my ( $top, $base, $tree, $files, $limit, @paths ) = @_;
    local $ENV{GIT_CONFIG_PARAMETERS} = settings();
    my $reader = { handle => AnyonRun::Git::start( $top, 'diff-tree', '-p', options(), $base, $tree, @paths ? ( '--', @paths ) : () ), rest => '' };
    my ( $patch, $cut ) = ( '', 0 );
    for my $file (@$files) {
        my @blocks = $cut ? () : map { next_block( $reader, $limit // FILE_LIMIT ) } 1 .. pieces($file);
        if ( !$cut && ( grep { !defined } @blocks ) ) { @$file{qw(blocks omitted)} = ( 0, 'large' ); next }
        my $added = join '', @blocks;
        $cut ||= length($patch) + length($added) > PATCH_LIMIT || !@blocks;
        if ($cut) { @$file{qw(blocks omitted)} = ( 0, 'rest' ); next }
        $patch .= $added;
        $file->{blocks} = @blocks;
    }
    my $more = !$cut && next_block( $reader, $limit // FILE_LIMIT ) ne '';
    my $status = AnyonRun::Git::finish( $reader->{handle} );
    $cut || $more || $status == 0 or die "git diff-tree failed\n";
    return ( $patch, $cut || $more );
}

# A file that became a link, a repository or the other way round is taken away and added.
sub pieces { return $_[0]{status} eq 'retyped' ? 2 : 1 }

# From one "diff --git" to the next; undef when it is longer than $limit, empty at the end. Lines of a file have a sign before them.
sub next_block {
    my ( $reader, $limit ) = @_;
    my ( $block, $large ) = ( '', 0 );
    while (1) {
        my $end = index $reader->{rest}, "\ndiff --git ";
        if ( $end >= 0 ) {
            $block .= substr $reader->{rest}, 0, $end + 1, '';
            last;
        }
        my $kept = length( $reader->{rest} ) > 16 ? length( $reader->{rest} ) - 16 : 0;    # the mark may stand between two pieces
        $block .= substr $reader->{rest}, 0, $kept, '';
        ( $large, $block ) = ( 1, '' ) if length $block > $limit;
        my $count = sysread $reader->{handle}, $reader->{rest}, PIECE, length $reader->{rest};
        next if $count;
        next if !defined $count && $! == AnyonRun::Exchange::EINTR();
        $block .= $reader->{rest};
        $reader->{rest} = '';
        last;
    }
    return $large || length $block > $limit ? undef : $block;
}

1;
