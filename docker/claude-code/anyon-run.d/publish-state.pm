# How a working tree stands to the branch that its work builds on. Only looks.
package AnyonRun::PublishState;
use strict;
require 'trees.pm';
require 'json.pm';

sub SECONDS () { 20 }
sub COMMITS () { 100 }
sub FILES ()   { 10_000 }

# Prints it as JSON; 1 when it cannot be told (the reason on stderr). $base: a branch of the remote, or - for the one that it offers first. $since: the
# commit with which the work began, or -; it counts where the branch is not known.
sub publish_state {
    my ( $name, $base, $since ) = @_;
    if ( !AnyonRun::Trees::is_name($name) || $since !~ /\A(?:-|[0-9a-f]{40,64})\z/ ) { print STDERR "anyon-run: not a working tree or not a commit\n"; return 64 }
    my $printed = eval {
        AnyonRun::Git::within_time( SECONDS, sub { AnyonRun::Exchange::write_all( \*STDOUT, of( AnyonRun::Trees::named($name), $base, $since ) ) } );
        1;
    };
    print STDERR "anyon-run: $@" if !$printed;
    return $printed ? 0 : 1;
}

sub of {
    my ( $tree, $wanted, $since ) = @_;
    my $head = AnyonRun::Trees::head($tree);
    my ( $base, $at ) = base( $tree, $wanted );
    my $from = $at // ( $since eq '-' ? undef : $since );
    my @commits = $head ? commits( $tree, $head, $from ) : ();
    my $behind = $head && $at ? count( $tree, $at, $head ) : undef;
    return sprintf qq({"branch":%s,"head":%s,"base":%s,"baseCommit":%s,"behind":%s,"uncommitted":%d,"merging":%s,"commits":[%s]}\n),
        AnyonRun::Json::text( AnyonRun::Trees::branch($tree) ), AnyonRun::Json::text($head), AnyonRun::Json::text($base), AnyonRun::Json::text($at),
        AnyonRun::Json::number($behind), uncommitted($tree), unmerged($tree) ? 'true' : 'false', join ',', @commits;
}

# (name of the remote's branch, its commit as last seen here); undef for what is not known.
sub base {
    my ( $tree, $name ) = @_;
    if ( $name eq '-' ) {
        my ( $status, $output ) = AnyonRun::Git::run( $tree->{directory}, 4096, 'symbolic-ref', '--quiet', 'refs/remotes/origin/HEAD' );
        return if $status != 0 || $output !~ m{\Arefs/remotes/origin/(.+)\n\z};
        $name = $1;
    }
    my ( $status, $output ) = AnyonRun::Git::run( $tree->{directory}, 256, 'rev-parse', '--verify', '--quiet', "refs/remotes/origin/$name^{commit}" );
    return ( $name, $status == 0 && $output =~ /\A([0-9a-f]{40,64})\n\z/ ? $1 : undef );
}

# As JSON, newest first.
sub commits {
    my ( $tree, $head, $from ) = @_;
    my @field;
    my @found;
    my $take = sub {
        push @field, $_[0] =~ s/\A\n//r;
        return if @field < 4;
        my ( $commit, $at, $author, $subject ) = splice @field;
        push @found, sprintf '{"commit":"%s","at":%d,"author":%s,"subject":%s}', $commit, $at, map { AnyonRun::Json::quote( substr $_, 0, 500 ) } $author, $subject;
    };
    my @range = ( $head, defined $from ? "^$from" : () );
    my @show = defined $from ? ( '-n', COMMITS ) : ( '-n', 1 );    # where nothing is known of a beginning, not the whole history
    AnyonRun::Git::each_record( $tree->{directory}, $take, 'log', '--no-show-signature', '--no-color', @show, '--format=%H%x00%ct%x00%an <%ae>%x00%s%x00', @range, '--' );
    return @found;
}

# Commits of $one that $other does not have.
sub count {
    my ( $tree, $one, $other ) = @_;
    my ( $status, $output ) = AnyonRun::Git::run( $tree->{directory}, 64, 'rev-list', '--count', $one, "^$other", '--' );
    return $status == 0 && $output =~ /\A(\d{1,9})\n\z/ ? $1 : undef;
}

# Files that are changed and in no commit, the ignored ones not counted.
sub uncommitted {
    my ($tree) = @_;
    my $count = 0;
    AnyonRun::Git::each_record( $tree->{directory}, sub { $count++ }, 'status', '--porcelain', '-z', '--no-renames', '--untracked-files=all' );
    return $count > FILES ? FILES : $count;
}

# True while a merge stands half done: a commit would take its conflict marks for the solution.
sub unmerged {
    my ($tree) = @_;
    my ( undef, $output ) = AnyonRun::Git::run( $tree->{directory}, 1, 'ls-files', '--unmerged', '-z' );
    return length $output > 0;
}

1;
