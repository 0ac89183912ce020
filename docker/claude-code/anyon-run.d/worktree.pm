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
    my ( $known, $base ) = AnyonRun::Git::run( $repository, 256, 'rev-parse', '--verify', '--quiet', '--end-of-options', "$spec->{base}^{commit}" );
    chomp $base;
    return failed( $known, "there is no commit $spec->{base} in the repository" ) if $known != 0;
    return AnyonRun::Start::stopped('worktree') if -e 'stop';

    my ($taken) = AnyonRun::Git::run( $repository, 256, 'rev-parse', '--verify', '--quiet', "refs/heads/$branch" );
    return failed( 255 << 8, "the branch $branch exists already" ) if $taken == 0;
    return failed( 255 << 8, "$path exists already" ) if -e $path;
    my ($status) = AnyonRun::Git::run( $repository, 65536, 'worktree', 'add', '--quiet', '-b', $branch, '--', $path, $base );
    if ( $status != 0 || -e 'stop' ) {
        remove( $repository, $path, $branch );
        return -e 'stop' ? AnyonRun::Start::stopped('worktree') : failed( $status, 'the worktree cannot be made' );
    }
    AnyonRun::Exchange::publish( 'base', "$base\n" );
    return;
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
