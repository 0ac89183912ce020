package AnyonTerminal;
use strict;
use Fcntl qw(F_SETFL O_NOCTTY O_NONBLOCK O_RDWR);
use POSIX ();

# The same on amd64 and arm64; the headers hold them as C expressions, which Perl cannot read.
my ( $TIOCSPTLCK, $TIOCGPTN, $TIOCSWINSZ, $TIOCSIG, $TCFLSH ) = ( 0x40045431, 0x80045430, 0x5414, 0x40045436, 0x540b );

# Starts a shell on a pseudo-terminal of its own; returns our end of it, which never blocks, the shell's process id, and the name of its end.
sub open_shell {
    my ( $columns, $rows ) = @_;
    open( my $master, '+<', '/dev/ptmx' ) or die "no pseudo-terminal: $!\n";
    my $unlocked = pack( 'i', 0 );
    ioctl( $master, $TIOCSPTLCK, $unlocked ) or die "cannot unlock the pseudo-terminal: $!\n";
    my $number = pack( 'I', 0 );
    ioctl( $master, $TIOCGPTN, $number ) or die "the pseudo-terminal has no number: $!\n";
    my $name = '/dev/pts/' . unpack( 'I', $number );
    set_size( $master, $columns, $rows );
    my $pid = fork() // die "cannot fork: $!\n";
    if ( !$pid ) {
        become_shell($name);
        POSIX::_exit(127);
    }
    fcntl( $master, F_SETFL, O_RDWR | O_NONBLOCK );
    binmode $master;
    return ( $master, $pid, $name );
}

sub set_size {
    my ( $master, $columns, $rows ) = @_;
    my $size = pack( 'S4', $rows, $columns, 0, 0 );
    return ioctl( $master, $TIOCSWINSZ, $size );
}

# Ctrl+C where the terminal is full of what the program does not read: the kernel would see the key only behind all of it. As the
# kernel does it for a key that it sees: what was typed is dropped, and the program in front is interrupted. False where that key means something else.
sub interrupt {
    my ( $master, $name ) = @_;
    my $termios = POSIX::Termios->new;
    $termios->getattr( fileno $master );
    return 0 if !( $termios->getlflag & POSIX::ISIG() ) || $termios->getcc( POSIX::VINTR() ) != 3;
    ioctl( $master, $TCFLSH, 1 );
    if ( sysopen( my $slave, $name, O_RDWR | O_NOCTTY | O_NONBLOCK ) ) {
        ioctl( $slave, $TCFLSH, 2 );
        CORE::close($slave);
    }
    return ioctl( $master, $TIOCSIG, 2 );
}

# The first terminal that the leader of a new session opens becomes its controlling one.
sub become_shell {
    my ($name) = @_;
    POSIX::setsid();
    open( STDIN,  '+<', $name )      or return;
    open( STDOUT, '>&', \*STDIN )    or return;
    open( STDERR, '>&', \*STDIN )    or return;
    $SIG{$_} = 'DEFAULT' for qw(HUP INT QUIT TERM PIPE CHLD);
    # A person can answer, unlike a run: git may ask.
    delete @ENV{qw(GIT_TERMINAL_PROMPT GIT_OPTIONAL_LOCKS OLDPWD)};
    my ( $user, $home, $shell ) = ( getpwuid $> )[ 0, 7, 8 ];
    %ENV = ( %ENV, TERM => 'xterm-256color', COLORTERM => 'truecolor', LANG => 'C.UTF-8', USER => $user // 'anyon', LOGNAME => $user // 'anyon', HOME => $home // '/home/anyon', SHELL => '/bin/bash' );
    exec { '/bin/bash' } 'bash';
}

# What hangs on to the terminal is told that it is gone; a shell that does not listen is killed.
sub end_shell {
    my ( $master, $pid ) = @_;
    kill( $_, -$pid ) for qw(HUP CONT);
    CORE::close($master);
    for ( 1 .. 40 ) {
        return if waitpid( $pid, POSIX::WNOHANG() ) != 0;
        select( undef, undef, undef, 0.025 );
    }
    kill( 'KILL', -$pid );
    waitpid( $pid, 0 );
}

1;
