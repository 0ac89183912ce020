# The list of changed files with their line counts.
package AnyonRun::Changes;
use strict;

sub FILE_LIMIT () { 5000 }
sub BYTE_LIMIT () { 16 * 1024 * 1024 }

my %status = ( A => 'added', D => 'deleted', M => 'modified', R => 'renamed', C => 'added', T => 'modified' );

# (list of files, whether some were left out).
sub list {
    my ( $top, $base, $tree ) = @_;
    my ( $status, $output ) = AnyonRun::Git::run( $top, BYTE_LIMIT, 'diff-tree', '-r', '-M', '-z', '--raw', '--numstat', $base, $tree );
    $status == 0 || length $output == BYTE_LIMIT or die "git diff-tree failed\n";
    my @field = split /\0/, $output, -1;
    my ( @files, %by_path );
    while ( @field && $field[0] =~ /\A:/ ) {    # first all records of --raw: ":modes ids status", path, for a rename both paths
        my ($letter) = shift(@field) =~ / ([A-Z])\d*\z/;
        my $from = $letter =~ /[RC]/ ? shift @field : undef;
        my $file = { path => shift @field, from => $from, status => $status{$letter} // 'modified', additions => 0, deletions => 0 };
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
    return ( \@files, $shortened || length $output == BYTE_LIMIT );
}

sub to_json {
    my ( $files, $truncated ) = @_;
    my @entries = map {
        sprintf '{"path":%s,"additions":%d,"deletions":%d,"status":"%s","from":%s,"binary":%s}',
            AnyonRun::Json::quote( $_->{path} ), @$_{qw(additions deletions status)}, AnyonRun::Json::text( $_->{from} ), $_->{binary} ? 'true' : 'false';
    } @$files;
    return sprintf qq({"files":[%s],"truncated":%s}\n), join( ',', @entries ), $truncated ? 'true' : 'false';
}

1;
