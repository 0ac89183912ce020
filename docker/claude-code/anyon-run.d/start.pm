# The life of one command: claim, worktree, command, snapshot, exit.json. Whatever goes wrong after the claim, exit.json is
# written, and it is the last thing written. Codes of a command that could not run: 127 not found, 126 may not run, 125 anything
# else; the reason is then in err.raw.
package AnyonRun::Start;
use strict;
BEGIN { require 'linux.pm' }
require 'record.pm';
require 'memory.pm';
require 'spec.pm';
require 'command.pm';

sub start {
    my ($id) = @_;
    AnyonRun::Exchange::enter($id);
    if ( !AnyonRun::Exchange::claim() ) {
        return 0 if -d 'claim';
        print STDERR "anyon-run: cannot claim the command: $!\n";
        return 1;
    }
    my $command = 0;
    survive_signals( \$command );
    leave_the_exec_session();
    AnyonRun::Record::write_wrapper();

    my ( $spec, $end ) = ( undef, undef );
    eval {
        $spec = AnyonRun::Spec::read();
        $end  = prepare( $id, $spec ) // AnyonRun::Command::run( $id, $spec, \$command );
        1;
    } or $end = refused( "$@", $end );
    finish( $id, $spec, $end );
    return 0;
}

# A worktree that could not be made, or a stop that came first, ends the run here.
sub prepare {
    my ( $id, $spec ) = @_;
    if ( $spec->{worktree} ) {
        require 'worktree.pm';
        my $end = AnyonRun::Worktree::create( $id, $spec->{worktree} );
        return $end if $end;
    }
    if ( $spec->{session} ) {
        require 'fork-session.pm';
        AnyonRun::ForkSession::fork_session( $spec->{session} );
    }
    return stopped('command') if -e 'stop';
    return;
}

sub stopped { my ($stage) = @_; return { stage => $stage, exitCode => undef, signal => 'SIGTERM' } }

sub refused {
    my ($reason) = @_;
    report("anyon-run: $reason");
    return { stage => 'command', exitCode => 125, signal => undef };
}

# Adds to the command's own error output: that is what a person is shown.
sub report {
    my ($text) = @_;
    my $handle = AnyonRun::Exchange::open_regular( 'err.raw', Linux::o_wronly | Linux::o_append ) or return;
    $text =~ s/\n?\z/\n/;
    return eval { AnyonRun::Exchange::write_all( $handle, $text ); 1 };
}

sub finish {
    my ( $id, $spec, $end ) = @_;
    if ( -e 'stop' ) { end_family() }
    eval { AnyonRun::Exchange::publish( 'ended', '' ) };
    if ( $spec && $spec->{snapshot} && $end->{stage} eq 'command' && $end->{launched} ) {
        require 'snapshot.pm';
        eval { AnyonRun::Snapshot::take( $id, $spec ); 1 } or report("anyon-run: the changes could not be recorded: $@");
    }
    # A full disk must not lose the end of a run: `alive` says yes until it could be written.
    until ( eval { AnyonRun::Record::write_exit(%$end); 1 } ) { print STDERR $@; AnyonRun::Processes::pause(2) }
    return;
}

# After a stop nothing that descends from the command may go on; nor may it write while the snapshot is taken.
sub end_family {
    for ( 1 .. 500 ) {
        my @left = AnyonRun::Processes::descendants($$) or return;
        kill 'KILL', @left;
        AnyonRun::Processes::pause(0.02);
        1 while waitpid( -1, 1 ) > 0;
    }
    return;
}

# TERM, INT and HUP go on to the command; the wrapper itself lives to write exit.json. Before there is a command they are a stop.
sub survive_signals {
    my ($command) = @_;
    for my $name (qw(TERM INT HUP)) {
        $SIG{$name} = sub {
            if   ($$command) { kill $name, $$command }
            else             { eval { AnyonRun::Exchange::publish( 'stop', '' ) } }
        };
    }
    $SIG{$_} = 'IGNORE' for qw(PIPE QUIT USR1 USR2 ALRM);
    return;
}

# The exec session may go away at any time: its pipes are let go of. What the wrapper itself has to say goes to wrapper.log.
sub leave_the_exec_session {
    my $flags = Linux::o_wronly | Linux::o_creat | Linux::o_append;
    my $log = AnyonRun::Exchange::open_regular( 'wrapper.log', $flags );
    open STDIN,  '<', '/dev/null';
    open STDOUT, '>', '/dev/null';
    if ($log) { open STDERR, '>>&', $log }
    else      { open STDERR, '>', '/dev/null' }
    return;
}

1;
