# The run's own branch and working tree, so that several runs of one repository never meet.
package AnyonRun::Worktree;
use strict;
BEGIN { require 'linux.pm' }
require 'exchange.pm';
require 'git.pm';

# Makes both and records the base commit in `base`. Returns nothing, or what exit.json says when it could not be done; then
# nothing half-made is left and git's own words are in err.raw.
sub create {
    my ( $id, $spec ) = @_;
    my ( $repository, $path, $branch ) = @$spec{qw(repository path branch)};
    local $ENV{ANYON_RUN_ID} = $id;    # a stop in this stage finds git by the mark
    my $files = $spec->{files} ? kept_files( $repository, $spec->{files} ) : undef;
    my $from  = defined $files ? "$files^1" : $spec->{base};
    my ( $known, $base, $taken ) = ask_both( $repository, $from, $branch );
    return failed( $known, "there is no commit $from in the repository" ) if $base !~ /\A[0-9a-f]{40,64}\z/;
    return AnyonRun::Start::stopped('worktree') if -e 'stop';
    truncate STDERR, 0;    # git has complained that the branch does not exist: nobody should read that later
    return failed( 255 << 8, "the branch $branch exists already" ) if $taken;
    return failed( 255 << 8, "$path exists already" ) if -e $path;
    my $status = add( $repository, $path, $branch, $base );
    $status = 255 << 8 if $status == 0 && defined $files && !eval { bring_files( $id, $path, $files ); 1 };
    if ( $status != 0 || -e 'stop' ) {
        remove( $repository, $path, $branch );
        return -e 'stop' ? AnyonRun::Start::stopped('worktree') : failed( $status, 'the worktree cannot be made' );
    }
    AnyonRun::Exchange::publish( 'base', "$base\n" );
    AnyonRun::Start::report("anyon-run: the files as they were then are not kept; the run begins at the commit $base.") if $spec->{files} && !defined $files;
    return;
}

# `git worktree add` is four processes, one after the other. Of a plain repository it is made here as gitrepository-layout(5) says, and
# two that need not wait for each other are left: the branch, and the files. Returns a status as of wait.
sub add {
    my ( $repository, $path, $branch, $base ) = @_;
    my $place = place_of( $repository, $path, $branch );
    if ( !defined $place || !eval { lay( $repository, $place, $path, $branch ); 1 } ) {
        return ( AnyonRun::Git::run( $repository, 65536, 'worktree', 'add', '--quiet', '-b', $branch, '--', $path, $base ) )[0];
    }
    my $files = AnyonRun::Git::start( $path, 'read-tree', '-u', '--reset', '--no-recurse-submodules', $base );
    my ($status) = AnyonRun::Git::run( $repository, 65536, 'update-ref', '--create-reflog', '-m', "branch: Created from $base", "refs/heads/$branch", $base, '' );
    my $checked_out = AnyonRun::Git::finish($files);
    unlink "$place/locked";
    return $status || $checked_out;
}

# Where the repository keeps what it knows of the worktree; undef where git itself has to make it: names are taken or odd, refs lie in another
# format, or a worktree has settings or a choice of files of its own.
sub place_of {
    my ( $repository, $path, $branch ) = @_;
    return if $branch !~ m{\A[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*\z};
    my ($name) = $path =~ m{/([A-Za-z0-9][A-Za-z0-9-]*)\z} or return;
    return if -l "$repository/.git" || !-d _;
    my $config = AnyonRun::Exchange::slurp( "$repository/.git/config", 1024 * 1024 ) // return;
    return if $config =~ /^\s*\[\s*extensions\b/mi || $config =~ /\bsparsecheckout/i || -e "$repository/.git/info/sparse-checkout";
    my $place = "$repository/.git/worktrees/$name";
    return -e $place || -l $place ? undef : $place;
}

# Locked until its files are there, or a `git worktree prune` of somebody else would take it for one that is gone.
sub lay {
    my ( $repository, $place, $path, $branch ) = @_;
    mkdir "$repository/.git/worktrees", 0777;
    mkdir $place, 0777 or die "$place cannot be made: $!\n";
    my ($above) = $path =~ m{\A(.+)/};
    mkdir $above, 0777;
    my @files = ( [ "$place/locked", 'initializing' ], [ "$place/gitdir", "$path/.git\n" ], [ "$place/HEAD", "ref: refs/heads/$branch\n" ], [ "$place/commondir", "../..\n" ] );
    my $laid = eval {
        write_new(@$_) for @files;
        mkdir $path, 0777 or die "$path cannot be made: $!\n";
        write_new( "$path/.git", "gitdir: $place\n" );
        1;
    };
    return if $laid;
    unlink "$path/.git", map { $_->[0] } @files;
    rmdir $_ for $path, $place;
    die "it cannot be laid\n";
}

sub write_new {
    my ( $name, $text ) = @_;
    sysopen( my $handle, $name, Linux::o_wronly | Linux::o_creat | Linux::o_excl | Linux::o_nofollow, 0666 ) or die "$name cannot be made: $!\n";
    AnyonRun::Exchange::write_all( $handle, $text );
    return;
}

# The first of these commits that there is. Its tree holds the files of a moment, its first parent is what was checked out then.
sub kept_files {
    my ( $repository, $names ) = @_;
    for my $name ( ref $names eq 'ARRAY' ? @$names : () ) {
        next if $name !~ m{\A(?:[0-9a-f]{40,64}|refs/anyon/(?:before|runs)/[A-Za-z0-9-]+)\z};
        my ( $status, $output ) = AnyonRun::Git::quietly( sub { AnyonRun::Git::run( $repository, 1024, 'rev-parse', "$name^{commit}", "$name^1" ) } );
        return $1 if $status == 0 && $output =~ /\A([0-9a-f]{40,64})\n/;
    }
    return;
}

# The files of that moment, not committed where they were not: only the index says again what the branch has. They are where this run begins.
sub bring_files {
    my ( $id, $path, $files ) = @_;
    AnyonRun::Git::ask( $path, 'read-tree', '-m', '-u', '--no-recurse-submodules', 'HEAD', $files );
    AnyonRun::Git::ask( $path, 'read-tree', 'HEAD' );
    AnyonRun::Git::run( $path, 65536, 'update-index', '-q', '--refresh' );
    AnyonRun::Git::ask( $path, 'update-ref', "refs/anyon/before/$id", $files );
    AnyonRun::Exchange::publish( 'before', "$files\n" );
    return;
}

# One git for both questions, since every run waits: (status, commit id of the base, whether the branch exists). Without --verify
# rev-parse prints what it finds, line by line, until something cannot be found.
sub ask_both {
    my ( $repository, $base, $branch ) = @_;
    return ( 128 << 8, '', 0 ) if $base =~ /\A-/;    # no commit has such a name, and git would take it for an option
    my ( $status, $output ) = AnyonRun::Git::run( $repository, 1024, 'rev-parse', "$base^{commit}", "refs/heads/$branch" );
    my @line = split /\n/, $output;
    return ( $status, $line[0] // '', $status == 0 );
}

sub remove {
    my ( $repository, $path, $branch ) = @_;
    delete local $ENV{ANYON_RUN_ID};    # a stop must not end the cleaning up
    AnyonRun::Git::run( $repository, 65536, 'worktree', 'remove', '--force', '--force', '--', $path );
    AnyonRun::Git::run( $repository, 65536, 'worktree', 'prune' );
    AnyonRun::Git::run( $repository, 65536, 'branch', '--quiet', '-D', '--', $branch );
    return;
}

sub failed {
    my ( $status, $sentence ) = @_;
    my $words = AnyonRun::Exchange::slurp( 'wrapper.log', 65536 ) // '';
    AnyonRun::Start::report( "anyon-run: $sentence\n$words" );
    my $signal = $status & 127;
    return { stage => 'worktree', exitCode => $signal ? undef : $status >> 8, signal => $signal ? AnyonRun::Record::signal_name($signal) : undef };
}

1;
