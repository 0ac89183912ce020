# Ends a command, at any moment of its life: before it was started, while its worktree is made, while it runs, after the wrapper
# was killed. Politeness first: an interrupted Claude Code ends its tools and writes a result line; a signal does neither.
package AnyonRun::Stop;
use strict;
BEGIN { require 'linux.pm' }
require 'record.pm';
require 'fifo.pm';

sub INTERRUPT_SECONDS () { 0.2 }    # an answer may be on its way
sub TERM_SECONDS ()  { 2 }
sub DEAF_SECONDS ()  { 1 }    # for one that has not heard the interrupt: a stop takes less than 5 s
sub SWEEP_SECONDS () { 10 }
sub STEP ()          { 0.02 }
sub QUIET_STEPS ()   { 50 }

# 0 when no process of the command is left, 1 when some could not be ended within the time. The wrapper may still be finishing.
sub stop {
    my ( $id, $grace ) = @_;
    AnyonRun::Exchange::enter($id);
    if ( $grace !~ /\A\d{1,5}(?:\.\d+)?\z/ ) { print STDERR "anyon-run: the grace period is a number of seconds\n"; return 64 }
    return never_started() if AnyonRun::Exchange::claim();

    if ( !-e 'exit.json' ) {
        AnyonRun::Exchange::publish( 'stop', -s 'out.raw' // 0 );
        if ( !command_lives() ) { end_preparation($id) }
        elsif ( interrupt() ) { wait_until( \&command_is_over, $grace ); end_command( 'TERM', DEAF_SECONDS ) }
        else                  { end_command( 'TERM', $grace > TERM_SECONDS ? $grace : TERM_SECONDS ) }
        end_command( 'KILL', TERM_SECONDS );
    }
    return sweep($id);
}

# A later `start` finds the claim taken and does nothing.
sub never_started {
    AnyonRun::Record::write_exit( stage => 'command', exitCode => undef, signal => 'SIGTERM' );
    return 0;
}

# Says "stop what you are doing" into the FIFO. False when there is no FIFO, nobody reads it, or it is full: hardly waits.
sub interrupt {
    my $line = qq({"type":"control_request","request_id":"anyon-stop","request":{"subtype":"interrupt"}}\n);
    return AnyonRun::Fifo::say_line( $line, INTERRUPT_SECONDS ) eq 'said';
}

sub command_lives { return AnyonRun::Record::process_lives('pid') }

# Its process is gone and the wrapper has noticed, or there is no wrapper any more.
sub command_is_over {
    return 0 if command_lives();
    return -e 'ended' || -e 'exit.json' || !( AnyonRun::Record::process_lives('wrapper') || just_claimed() );
}

sub just_claimed { return !-e 'wrapper' && time - ( ( lstat 'claim' )[9] // 0 ) < 5 }

# The worktree is being made: git tidies up after itself when it is asked to end, and the wrapper starts nothing after a stop.
sub end_preparation {
    my ($id) = @_;
    kill 'TERM', AnyonRun::Processes::marked( $id, wrapper_pid() );
    wait_until( \&command_is_over, TERM_SECONDS );
    return;
}

sub end_command {
    my ( $signal, $seconds ) = @_;
    my $pid = command_lives() or return;
    kill $signal, $pid;
    wait_until( sub { !command_lives() }, $seconds );
    return;
}

# Everything that carries the mark, again and again until nothing is left and the wrapper starts nothing more.
sub sweep {
    my ($id) = @_;
    my ( @left, $quiet );
    my $clean = wait_until(
        sub {
            @left = AnyonRun::Processes::marked( $id, wrapper_pid() );
            kill 'KILL', @left;
            $quiet = @left ? 0 : ( $quiet // 0 ) + 1;
            return !@left && ( command_is_over() || $quiet > QUIET_STEPS );    # quiet: the wrapper is still removing a worktree
        },
        SWEEP_SECONDS
    );
    if ( !$clean ) { print STDERR "anyon-run: still there: @left\n"; return 1 }
    speak_for_the_dead_wrapper();
    return 0;
}

sub wrapper_pid { my ($pid) = AnyonRun::Record::read_process('wrapper'); return $pid }

# Without a wrapper nobody else would write it.
sub speak_for_the_dead_wrapper {
    return if AnyonRun::Record::process_lives('wrapper') || -e 'exit.json';    # in this order: it may write while we look
    AnyonRun::Record::write_exit( stage => 'command', exitCode => undef, signal => 'SIGKILL' );
    return;
}

sub wait_until {
    my ( $true, $seconds ) = @_;
    my $steps = $seconds / STEP;
    while ( !$true->() ) {
        return 0 if $steps-- <= 0;
        AnyonRun::Processes::pause(STEP);
    }
    return 1;
}

1;
