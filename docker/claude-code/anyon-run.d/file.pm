# One file of a diff, named by the hash of its path, so that no path comes from outside: what is shown of it when it is too large to be
# shown unasked, the lines around its changes, and making it again what it was.
package AnyonRun::File;
use strict;
require 'checkpoint.pm';
require 'snapshot.pm';

sub SHOW_LIMIT () { 8 * 1024 * 1024 }

# Prints the patch of the file, or the whole file as it was, in the diff from a commit to another or to `now`.
sub show {
    my ( $name, $from, $to, $id, $what ) = @_;
    my $right = right( $name, $from, $id ) && $to =~ /\A(?:now|[0-9a-f]{40,64})\z/ && $what =~ /\A(?:patch|old)\z/;
    if ( !$right ) { print STDERR "anyon-run: not a working tree, a commit, or a file\n"; return 64 }
    my $done = eval {
        my $text;
        AnyonRun::Git::within_time(
            AnyonRun::Snapshot::SECONDS(),
            sub {
                my $tree = AnyonRun::Trees::named($name);
                my $top  = $tree->{directory};
                my $file = find( $top, $from, $to eq 'now' ? AnyonRun::Snapshot::with_index_copy( $top, \&AnyonRun::Snapshot::write_tree ) : $to, $id );
                $text = $what eq 'old' ? old_file( $top, $file ) : patch( $top, $from, $file );
            }
        );
        AnyonRun::Exchange::write_all( \*STDOUT, $text );
        1;
    };
    print STDERR "anyon-run: $@" if !$done;
    return $done ? 0 : 1;
}

# Makes the file what it was at $from, and prints what `restore` prints: a checkpoint of everything is taken first.
sub revert {
    my ( $name, $from, $id ) = @_;
    if ( !right( $name, $from, $id ) ) { print STDERR "anyon-run: not a working tree, a commit, or a file\n"; return 64 }
    return AnyonRun::Checkpoint::carefully(
        sub {
            my $tree   = AnyonRun::Trees::named($name);
            my $top    = $tree->{directory};
            my $before = AnyonRun::Take::take( $tree, 'restore', force => 1 );
            AnyonRun::Snapshot::with_index_copy(
                $top,
                sub {
                    my $file = find( $top, $from, AnyonRun::Snapshot::write_tree($top), $id );
                    put_back( $top, $from, $file );
                    1;
                }
            );
            my $json = AnyonRun::Checkpoint::refs_json( { where => $tree } );
            AnyonRun::Exchange::write_all( \*STDOUT, qq({"before":"$before->{commit}",$json}\n) );
        }
    );
}

sub right {
    my ( $name, $from, $id ) = @_;
    return AnyonRun::Trees::is_name($name) && $from =~ /\A[0-9a-f]{40,64}\z/ && $id =~ /\A[0-9a-f]{40}\z/;
}

sub find {
    my ( $top, $from, $to, $id ) = @_;
    my ($files) = AnyonRun::Changes::list( $top, $from, $to );
    my ($file) = grep { AnyonRun::Changes::id($_) eq $id } @$files;
    die "this file is as it was by now\n" if !$file;
    $file->{to} = $to;
    return $file;
}

# By both names of a renamed file: git pairs them only when it sees both.
sub patch {
    my ( $top, $from, $file ) = @_;
    local $ENV{GIT_LITERAL_PATHSPECS} = 1;
    my ($text) = AnyonRun::Patch::of( $top, $from, $file->{to}, [$file], SHOW_LIMIT, grep { defined } @$file{qw(from path)} );
    die "its changes are too large to be shown\n" if $file->{omitted};
    return $text;
}

sub old_file {
    my ( $top, $file ) = @_;
    die "there are no lines of it to show\n" if $file->{oldMode} !~ /\A100/;
    my ( $status, $text ) = AnyonRun::Git::run( $top, SHOW_LIMIT + 1, 'cat-file', 'blob', $file->{oldId} );
    die "the file is too large to be shown\n" if length $text > SHOW_LIMIT;
    $status == 0 or die "git cat-file failed\n";
    return $text;
}

# What the run has added goes, what it has changed, renamed or removed comes back. git writes through no link; what would be in its way
# it would remove, so that is looked at first.
sub put_back {
    my ( $top, $from, $file ) = @_;
    die "a repository inside of this one cannot be put back as a file\n" if grep { /\A160000\z/ } @$file{qw(oldMode newMode)};
    local $ENV{GIT_LITERAL_PATHSPECS} = 1;
    my $was = $file->{from} // $file->{path};
    my $comes_back = $file->{status} ne 'added';
    assert_free( $top, $was ) if $comes_back;
    AnyonRun::Git::ask( $top, 'rm', '--quiet', '--force', '--', $file->{path} ) if $file->{status} =~ /\A(?:added|renamed)\z/;
    AnyonRun::Git::ask( $top, 'restore', '--quiet', "--source=$from", '--worktree', '--', $was ) if $comes_back;
    return;
}

sub assert_free {
    my ( $top, $path ) = @_;
    my @part  = split m{/}, $path;
    my $below = $top;
    while ( @part > 1 ) {
        $below .= '/' . shift @part;
        lstat $below or return;
        die "something else stands where its folder was: put that back first\n" if -l _ || !-d _;
    }
    die "a folder stands where the file was: put back what is in it first\n" if lstat("$below/$part[0]") && -d _;
    return;
}

1;
