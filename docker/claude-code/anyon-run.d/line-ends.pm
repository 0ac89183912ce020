# Files are kept byte for byte, but a file whose line ends git itself has changed at checkout (`eol=crlf`, core.autocrlf) is not
# work of anybody. Git's own conversion tells; what runs programs (filters) is never asked.
package AnyonRun::LineEnds;
use strict;
require 'shadow.pm';

sub MOST () { 2000 }

my $attributes = "* -filter -ident !working-tree-encoding\n";

# How many of these differ in nothing but line ends. Each is [path, id of the blob that is checked out].
sub count_equal {
    my ( $tree, $changed ) = @_;
    my @asked = grep { $_->[0] !~ /\n/ } @$changed;
    return 0 if !@asked || @asked > MOST;
    my $directory = "$tree->{shadow}/line-ends";
    AnyonRun::Shadow::make_folder("$directory/$_") for qw(objects refs info);
    unlink "$directory/commondir";
    AnyonRun::Shadow::write_file( "$directory/$_->[0]", $_->[1] ) for [ 'HEAD', "ref: refs/heads/none\n" ], [ 'config', config($tree) ], [ 'info/attributes', $attributes ];
    AnyonRun::Shadow::write_file( "$directory/list", join '', map { "$_->[0]\n" } @asked );
    # A file that went in this moment ends it: then all of them count as changed.
    my $output = eval { AnyonRun::Git::quietly( sub { AnyonRun::Shadow::inside( { %$tree, shadow => $directory }, sub { converted( $tree, "$directory/list" ) } ) } ) };
    my @ids = split /\n/, $output // '';
    return @ids == @asked ? scalar grep { $ids[$_] eq $asked[$_][1] } 0 .. $#ids : 0;
}

sub converted {
    my ( $tree, $list ) = @_;
    return AnyonRun::Git::feed( $tree->{directory}, $list, 'hash-object', '--stdin-paths' );
}

# The two settings of the repository that decide about line ends.
sub config {
    my ($tree) = @_;
    my ( $eol, $crlf ) = map { ( AnyonRun::Git::run( $tree->{directory}, 64, 'config', '--get', $_ ) )[1] =~ /\A(true|false|input|lf|crlf|native)\n/i ? $1 : '' } qw(core.eol core.autocrlf);
    my $sha256 = $tree->{format} ne 'sha1' ? "[extensions]\n\tobjectFormat = $tree->{format}\n" : '';
    return sprintf "[core]\n\trepositoryformatversion = %d\n\tbare = false\n%s%s%s", $sha256 ne '', $eol && "\teol = $eol\n", $crlf && "\tautocrlf = $crlf\n", $sha256;
}

1;
