# The run's own branch and working tree, so that several runs of one repository never meet.
package AnyonRun::Worktree;
use strict;
require 'git.pm';

# Makes both and records the base commit in `base`. Returns nothing, or what exit.json says when it could not be done; then
# nothing half-made is left and git's own words are in err.raw.
sub create {
    my ( $id, $spec ) = @_;
    my ( $repository, $path, $branch ) = @$spec{qw(repository path branch)};
    local $ENV{ANYON_RUN_ID} = $id;    # a stop in this stage finds git by the mark
    my ( $known, $base, $taken ) = ask_both( $repository, $spec->{base}, $branch );
    return failed( $known, "there is no commit $spec->{base} in the repository" ) if $base !~ /\A[0-9a-f]{40,64}\z/;
    return AnyonRun::Start::stopped('worktree') if -e 'stop';
    truncate STDERR, 0;    # git has complained that the branch does not exist: nobody should read that later
    return failed( 255 << 8, "the branch $branch exists already" ) if $taken;
    return failed( 255 << 8, "$path exists already" ) if -e $path;
    my ($status) = AnyonRun::Git::run( $repository, 65536, 'worktree', 'add', '--quiet', '-b', $branch, '--', $path, $base );
    if ( $status != 0 || -e 'stop' ) {
        remove( $repository, $path, $branch );
        return -e 'stop' ? AnyonRun::Start::stopped('worktree') : failed( $status, 'the worktree cannot be made' );
    }
    AnyonRun::Exchange::publish( 'base', "$base\n" );
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
