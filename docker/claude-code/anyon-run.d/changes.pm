# The list of changed files with their line counts, sizes and modes.
package AnyonRun::Changes;
use strict;
require 'patch.pm';

sub FILE_LIMIT () { 5000 }
sub BYTE_LIMIT () { 16 * 1024 * 1024 }

my %status = ( A => 'added', D => 'deleted', M => 'modified', R => 'renamed', C => 'added', T => 'retyped' );

# (list of files in git's order, whether some were left out).
sub list {
    my ( $top, $base, $tree ) = @_;
    local $ENV{GIT_CONFIG_PARAMETERS} = AnyonRun::Patch::settings();
    my ( $status, $output ) = AnyonRun::Git::run( $top, BYTE_LIMIT, 'diff-tree', '-z', '--raw', '--no-abbrev', '--numstat', AnyonRun::Patch::options(), $base, $tree );
    $status == 0 || length $output == BYTE_LIMIT or die "git diff-tree failed\n";
    my @field = split /\0/, $output, -1;
    my ( @files, %by_path );
    while ( @field > 2 && $field[0] =~ /\A:(\d+) (\d+) ([0-9a-f]+) ([0-9a-f]+) ([A-Z])\d*\z/ ) {    # first all records of --raw: ":modes ids status", path, for a rename both paths
        my ( $letter, %ends ) = ( $5, oldMode => $1, newMode => $2, oldId => $3, newId => $4 );
        shift @field;
        my $from = $letter =~ /[RC]/ ? shift @field : undef;
        my $file = { %ends, path => shift @field, from => $from, status => $status{$letter} // 'modified', additions => 0, deletions => 0 };
        push @files, $file;
        $by_path{ $file->{path} } = $file;
    }
    while ( @field && $field[0] =~ /\A(\d+|-)\t(\d+|-)\t(.*)\z/s ) {    # then all of --numstat: "added\tdeleted\tpath", for a rename no path but two more fields
        my ( $added, $deleted, $path ) = ( $1, $2, $3 );
        shift @field;
        ( undef, $path ) = splice @field, 0, 2 if $path eq '';
        my $file = $by_path{$path} // next;
        if   ( $added eq '-' ) { $file->{binary} = 1 }
        else                   { @$file{qw(additions deletions)} = ( $added, $deleted ) }
    }
    my $shortened = @files > FILE_LIMIT;
    splice @files, FILE_LIMIT if $shortened;
    add_sizes( $top, grep { $_->{binary} } @files );
    return ( \@files, $shortened || length $output == BYTE_LIMIT );
}

# Binary files have no lines to count.
sub add_sizes {
    my ( $top, @files ) = @_;
    return if !@files;
    my $list = ( defined $AnyonRun::Exchange::entered ? '' : '/tmp/' ) . sprintf '.sizes.%d.%06x', $$, int rand 0xffffff;
    open( my $handle, '>', $list ) or return;
    AnyonRun::Exchange::write_all( $handle, join '', map { "$_->{oldId}\n$_->{newId}\n" } @files );
    close $handle;
    my @line = split /\n/, eval { AnyonRun::Git::feed( $top, $list, 'cat-file', '--batch-check=%(objectsize)' ) } // '';
    unlink $list;
    for my $file (@files) { @$file{qw(oldSize newSize)} = map { /\A\d+\z/ ? $_ : undef } map { $_ // '' } splice @line, 0, 2 }
    return;
}

# Names a file by its bytes: the host knows it by a text that may have lost some of them.
sub id {
    my ($file) = @_;
    require Digest::SHA;
    return Digest::SHA::sha1_hex( $file->{path} );
}

sub to_json {
    my ( $files, $truncated ) = @_;
    return sprintf qq({"files":[%s],"truncated":%s}\n), join( ',', map { file_json($_) } @$files ), $truncated ? 'true' : 'false';
}

sub file_json {
    my ($file) = @_;
    return sprintf '{"id":"%s","path":%s,"additions":%d,"deletions":%d,"status":"%s","from":%s,"binary":%s,"oldMode":"%s","newMode":"%s","oldSize":%s,"newSize":%s,"blocks":%d,"omitted":%s}',
        id($file), AnyonRun::Json::quote( $file->{path} ), @$file{qw(additions deletions status)}, AnyonRun::Json::text( $file->{from} ), $file->{binary} ? 'true' : 'false',
        @$file{qw(oldMode newMode)}, ( map { AnyonRun::Json::number($_) } @$file{qw(oldSize newSize)} ), $file->{blocks} // 0, AnyonRun::Json::text( $file->{omitted} );
}

1;
