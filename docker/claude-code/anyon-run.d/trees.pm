# The working trees of a workspace: the repository, further repositories, the worktrees of runs. Each has a name by which the
# host knows it (`repo`, `repositories/<folder>`, `worktrees/<run>`); a path never comes from outside.
package AnyonRun::Trees;
use strict;
require 'git.pm';

sub ROOT ()  { '/workspace' }
sub LIMIT () { 500 }

# Names of the trees that are there: folders with a `.git`, however broken.
sub names {
    my @names = ( 'repo', map { below($_) } qw(repositories worktrees) );
    my @there = grep { is_there( ROOT . "/$_/.git" ) } @names;
    splice @there, LIMIT if @there > LIMIT;
    return @there;
}

# Anything of that name, also a link to nowhere.
sub is_there { return lstat( $_[0] ) ? 1 : 0 }

# A link is none of ours: it may lead to a tree that is there under its own name.
sub below {
    my ($parent) = @_;
    opendir( my $directory, ROOT . "/$parent" ) or return;
    return map { "$parent/$_" } grep { is_folder_name($_) && !-l ROOT . "/$parent/$_" && -d _ } sort readdir $directory;
}

sub is_folder_name { return $_[0] =~ /\A[A-Za-z0-9][A-Za-z0-9._-]{0,127}\z/ }

# True for a name that a tree can have, whether it is there or not.
sub is_name {
    my ($name) = @_;
    return $name eq 'repo' || ( $name =~ m{\A(?:repositories|worktrees)/([^/]+)\z} && is_folder_name($1) );
}

# All that is needed to know about a tree; dies when git does not take it for one.
sub named {
    my ($name) = @_;
    return locate( ROOT . "/$name", 'refs/anyon/checkpoints/' . as_ref($name), $name );
}

# The same for any folder that has a `.git`. $prefix is where its checkpoints are kept, $private the name of its private folder.
sub locate {
    my ( $directory, $prefix, $private ) = @_;
    my ($above) = $directory =~ m{\A(.*)/[^/]+\z}s;
    local $ENV{GIT_CEILING_DIRECTORIES} = $above;    # a broken one must not make git find the repository around it
    my @answer = split /\n/, AnyonRun::Git::ask( $directory, 'rev-parse', '--show-object-format', '--path-format=absolute', '--git-common-dir', '--git-path', 'objects', '--git-path', 'index' );
    @answer == 4 or die "git gives no clear answer about the repository\n";
    return { directory => $directory, prefix => $prefix, private => $private, format => $answer[0], common => $answer[1], objects => $answer[2], index => $answer[3] };
}

# A name as part of a ref, in which dots have meanings.
sub as_ref { my ($name) = @_; $name =~ s{([^A-Za-z0-9/_-])}{sprintf '=%02X', ord $1}ge; return $name }

sub from_ref { my ($name) = @_; $name =~ s{=([0-9A-F]{2})}{chr hex $1}ge; return $name }

# The commit that is checked out, or undef where there is none yet.
sub head {
    my ($tree) = @_;
    my ( $status, $output ) = AnyonRun::Git::run( $tree->{directory}, 256, 'rev-parse', '--verify', '--quiet', 'HEAD^{commit}' );
    return $status == 0 && $output =~ /\A([0-9a-f]{40,64})\n\z/ ? $1 : undef;
}

# The branch that is checked out, or undef.
sub branch {
    my ($tree) = @_;
    my ( $status, $output ) = AnyonRun::Git::run( $tree->{directory}, 4096, 'symbolic-ref', '--quiet', 'HEAD' );
    return $status == 0 && $output =~ m{\Arefs/heads/(.+)\n\z} ? $1 : undef;
}

1;
