# Runs the command itself and waits for it.
package AnyonRun::Command;
use strict;
BEGIN { require 'linux.pm' }
require 'exchange.pm';
require 'stdin.pm';
require 'processes.pm';

sub WNOHANG () { 1 }
sub TICK ()    { 0.03 }

# Runs it to its end; returns what exit.json will say. $running receives the process number as soon as there is one.
sub run {
    my ( $id, $spec, $running ) = @_;
    my $out   = raw_file('out.raw');
    my $err   = raw_file('err.raw');
    my $begins = begins($spec);
    my $stdin = AnyonRun::Stdin->new( $spec, $begins && $spec->{keepStdinOpen} );
    note_beginning( $id, $spec ) if $begins && !$spec->{keepStdinOpen};
    my $key   = credential_pipe( $spec->{credential} );
    my $kills = AnyonRun::Memory::oom_kills();

    my $pid = fork // die "a process cannot be started: $!\n";
    become( $id, $spec, $stdin, $key, $out, $err ) if $pid == 0;
    $$running = $pid;
    close $_ for grep { defined } $key, $out, $err;
    AnyonRun::Record::write_command($pid);
    AnyonRun::Processes::adopt_orphans();
    my $noting = $begins && $spec->{keepStdinOpen} ? note_beginning_beside( $id, $spec ) : 0;
    my $status = wait_for( $pid, $stdin, $noting );
    $$running = 0;
    $spec->{unread} = $stdin->waits;

    my $signal = $status & 127;
    return {
        stage    => 'command',
        launched => 1,
        exitCode => $signal ? undef : $status >> 8,
        signal   => $signal ? AnyonRun::Record::signal_name($signal) : undef,
        oomKills => AnyonRun::Memory::oom_kills() - $kills,
    };
}

sub begins {
    my ($spec) = @_;
    return 0 if !$spec->{snapshot};
    require 'snapshot.pm';
    return AnyonRun::Snapshot::has_beginning($spec);
}

sub note_beginning {
    my ( $id, $spec ) = @_;
    return if eval { AnyonRun::Snapshot::note_beginning( $id, $spec ); 1 };
    print STDERR "anyon-run: where the run begins could not be noted: $@";
    return;
}

# In a process of its own while the command loads: it does nothing before it has read its first input, which comes after this.
sub note_beginning_beside {
    my ( $id, $spec ) = @_;
    my $pid = fork // return 0;
    return $pid if $pid;
    $SIG{$_} = 'DEFAULT' for qw(TERM INT HUP CHLD);
    note_beginning( $id, $spec );
    exit 0;
}

# Appending, so that two writers (or a reader that truncates) never overwrite each other; a file, because a pipe cuts at 64 KiB.
sub raw_file {
    my ($name) = @_;
    return AnyonRun::Exchange::open_regular( $name, Linux::o_wronly | Linux::o_creat | Linux::o_append ) // die "$name cannot be opened: $!\n";
}

# A pipe and not the file: what has been read from it is gone, while a file could be read again through /proc/<pid>/fd.
sub credential_pipe {
    my ($credential) = @_;
    return if !$credential;
    pipe( my $read, my $write ) or die "no pipe for the credential: $!\n";
    AnyonRun::Exchange::write_all( $write, $credential->{value} );
    $credential->{value} =~ tr/\0-\377/\0/;
    return $read;
}

# In the new process: never returns. A message printed here lands in err.raw.
sub become {
    my ( $id, $spec, $stdin, $key, $out, $err ) = @_;
    $SIG{$_} = 'DEFAULT' for qw(TERM INT HUP PIPE QUIT USR1 USR2 ALRM CHLD);
    open STDERR, '>>&', $err;
    open STDOUT, '>>&', $out;
    $stdin->become_stdin();
    setpgrp;
    exit 125 if -e 'stop';
    leave("the directory $spec->{cwd} cannot be entered: $!") if !chdir $spec->{cwd};

    my @argv = @{ $spec->{argv} };
    if ( $spec->{instructions} ) {
        require 'instructions.pm';
        push @argv, AnyonRun::Instructions::arguments( $spec->{instructions} );
    }
    @ENV{ keys %{ $spec->{env} } } = values %{ $spec->{env} };
    $ENV{ANYON_RUN_ID} = $id;
    $ENV{PWD} = $spec->{cwd};
    if ($key) {
        fcntl( $key, Linux::f_setfd, 0 );
        $ENV{ $spec->{credential}{variable} } = fileno $key;
    }
    no warnings 'exec';
    exec { $argv[0] } @argv;
    my $absent = $! == 2;
    leave( "$argv[0] cannot be run: $!", $absent ? 127 : 126 );
}

sub leave {
    my ( $text, $code ) = @_;
    syswrite STDERR, "anyon-run: $text\n";
    exit( $code // 125 );
}

# Waits for $pid and reaps adopted orphans; the first input is let go when $noting has ended. While stdin is held there is something to look after; afterwards it only sleeps.
sub wait_for {
    my ( $pid, $stdin, $noting ) = @_;
    local $SIG{CHLD} = sub { };    # ends the pause at once
    $stdin->release() if !$noting;
    while (1) {
        my $gone = waitpid -1, $stdin->held ? WNOHANG : 0;
        if ( $gone == $pid ) {
            my $status = $?;
            waitpid $noting, 0 if $noting;
            return $status;
        }
        if ( $noting && $gone == $noting ) {
            $noting = 0;
            $stdin->release() if !-e 'stop';
        }
        next if $gone > 0 || !$stdin->held;
        $stdin->look_after(TICK);
    }
}

1;
