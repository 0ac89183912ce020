# Speaks to a git server out of a repository that is made for this moment and has only the objects in common with the tree's: settings,
# hooks and helpers that somebody has put into the tree's repository, or into the home directory, have no part in it. The token is
# where the host has put it for the command of this id, if it has.
package AnyonRun::Remote;
use strict;
require 'checkpoint.pm';
require 'commit.pm';

sub SECONDS () { 540 }

my @network = map { ( '-c', $_ ) } qw(protocol.allow=never protocol.https.allow=always protocol.http.allow=always http.lowSpeedLimit=500 http.lowSpeedTime=60 push.followTags=false);

# Reads push.json { tree, url, branch, force, expected }; prints { outcome: pushed | current | refused, head, said } with git's own line about it.
sub push_branch {
    my ($id) = @_;
    return speak(
        $id, 'push.json',
        sub {
            my ( $asked, $tree, $clean ) = @_;
            my $head = AnyonRun::Trees::head($tree) // die "there is no commit to push\n";
            my $ref = "refs/heads/$asked->{branch}";
            my @lease = $asked->{force} ? ( "--force-with-lease=$ref:" . ( $asked->{expected} // '' ) ) : ();
            my ( $status, $output ) = AnyonRun::Git::run( $clean, 65536, @network, 'push', '--porcelain', '--progress', '--no-verify', '--no-signed', '--no-recurse-submodules', @lease, '--', $asked->{url}, "$head:$ref" );
            my ( $flag, $said ) = $output =~ /^([ +*=!-])\t[^\t\n]*\t([^\n]*)$/m;
            my $outcome = $status != 0 || !defined $flag || $flag eq '!' ? 'refused' : $flag eq '=' ? 'current' : 'pushed';
            return sprintf '{"outcome":"%s","head":"%s","said":%s}', $outcome, $head, AnyonRun::Json::text( defined $said ? substr( $said, 0, 2000 ) : undef );
        }
    );
}

# Reads fetch.json { tree, url, branch }; prints { outcome: fetched | refused, commit } and notes the commit in the tree's repository.
sub fetch_base {
    my ($id) = @_;
    return speak(
        $id,
        'fetch.json',
        sub {
            my ( $asked, $tree, $clean ) = @_;
            my $noted = "refs/remotes/origin/$asked->{branch}";
            AnyonRun::Git::run( $clean, 256, 'update-ref', "refs/heads/have$_->[0]", $_->[1] ) for have( $tree, $noted );
            my ($status) = AnyonRun::Git::run( $clean, 65536, @network, 'fetch', '--progress', '--no-tags', '--no-recurse-submodules', '--no-auto-maintenance', '--', $asked->{url}, "+refs/heads/$asked->{branch}:refs/base" );
            return '{"outcome":"refused","commit":null}' if $status != 0;
            my $commit = AnyonRun::Git::ask( $clean, 'rev-parse', '--verify', 'refs/base^{commit}' );
            AnyonRun::Git::ask( $tree->{directory}, 'update-ref', $noted, $commit );
            return qq({"outcome":"fetched","commit":"$commit"});
        }
    );
}

# [number, commit] of what is here already, so that it is not sent once more.
sub have {
    my ( $tree, @refs ) = @_;
    my @known = map { ( AnyonRun::Git::run( $tree->{directory}, 256, 'rev-parse', '--verify', '--quiet', "$_^{commit}" ) )[1] =~ /\A([0-9a-f]{40,64})\n\z/ } 'HEAD', @refs;
    return map { [ $_, $known[$_] ] } 0 .. $#known;
}

sub speak {
    my ( $id, $file, $work ) = @_;
    my $path = AnyonRun::Exchange::enter($id);
    open STDIN, '<', '/dev/null';
    my $done = eval {
        AnyonRun::Git::within_time(
            SECONDS,
            sub {
                my $asked = AnyonRun::Commit::request($file);
                my $tree = AnyonRun::Trees::named( $asked->{tree} );
                AnyonRun::Exchange::write_all( \*STDOUT, alone( $id, $tree, "$path/clean.git", sub { $work->( $asked, $tree, "$path/clean.git" ) } ) . "\n" );
            }
        );
        1;
    };
    print STDERR "anyon-run: $@" if !$done;
    return $done ? 0 : 1;
}

# Does $work with the repository $clean, which reads and writes the objects of $tree.
sub alone {
    my ( $id, $tree, $clean, $work ) = @_;
    local $ENV{GIT_CONFIG_GLOBAL}    = '/dev/null';
    local $ENV{GIT_TERMINAL_PROMPT}  = '0';
    local $ENV{GIT_ASKPASS}          = '/bin/false';
    local $ENV{ANYON_SECRETS_DIR}    = "/anyon/secrets/$id";
    AnyonRun::Git::ask( '/', 'init', '--quiet', '--bare', '--template=', "--object-format=$tree->{format}", '--', $clean );
    system( 'cp', '--', "$tree->{common}/shallow", "$clean/shallow" ) if -s "$tree->{common}/shallow";
    local $ENV{GIT_OBJECT_DIRECTORY} = $tree->{objects};
    return $work->();
}

1;
