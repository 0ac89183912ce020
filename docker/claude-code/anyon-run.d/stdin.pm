# The command's standard input: nothing, a file, or the FIFO `in` that stays open so that more can be said later.
package AnyonRun::Stdin;
use strict;
BEGIN { require 'linux.pm' }
require 'exchange.pm';
require 'fifo.pm';

sub BLOCK () { 65536 }

# Opens what is needed before the fork. The FIFO is opened for reading and writing: that never blocks, and as long as this
# process holds it the command sees no end of input. $waits: the first input comes with `release`.
sub new {
    my ( $class, $spec, $waits ) = @_;
    my $self = bless { waits => $waits, until_result => ( $spec->{closeStdinOn} // '' ) eq 'result-line' }, $class;
    if ( defined $spec->{input} ) {
        $self->{input} = AnyonRun::Exchange::open_regular( $spec->{input}, Linux::o_rdonly ) // die "$spec->{input} cannot be opened: $!\n";
    }
    if ( $spec->{keepStdinOpen} ) {
        make_fifo('in') or die "the FIFO cannot be made: $!\n";
        sysopen( $self->{fifo}, 'in', Linux::o_rdwr | Linux::o_nonblock | Linux::o_nofollow ) or die "the FIFO cannot be opened: $!\n";
        -p $self->{fifo} or die "something else stands where the FIFO should be\n";
        flock $self->{fifo}, AnyonRun::Fifo::LOCK_EX() | AnyonRun::Fifo::LOCK_NB() if $self->{input};    # nobody speaks in between
        $self->feed();
    }
    return $self;
}

# Without the mkfifo program (3 ms) and without POSIX (17 ms).
sub make_fifo {
    my ($name) = @_;
    my ( $AT_FDCWD, $S_IFIFO ) = ( -100, 0010000 );
    return syscall( Linux::mknodat, $AT_FDCWD, $name, $S_IFIFO | 0600, 0 ) == 0;
}

# In the new process: becomes fd 0. The FIFO is opened anew, for reading only: the command must not hold it open itself.
sub become_stdin {
    my ($self) = @_;
    if ( $self->{fifo} ) { open STDIN, '<', '/proc/self/fd/' . fileno $self->{fifo} }
    elsif ( $self->{input} ) { open STDIN, '<&', $self->{input} }
    else                     { open STDIN, '<', '/dev/null' }
    return;
}

sub release {
    my ($self) = @_;
    return if !delete $self->{waits};
    $self->feed() if $self->{fifo};
    return;
}

sub waits { return $_[0]{waits} }

sub held { return defined $_[0]{fifo} }

# One round, at most $seconds long: more of the first input, and a look whether the FIFO may go.
sub look_after {
    my ( $self, $seconds ) = @_;
    $self->watch_output() if $self->{until_result};
    $self->watch_for_the_answer_to_a_stop() if !$self->{until_result} && -e 'stop';
    if ( $self->{output} && !$self->{feeding} && $self->{output}->seen() ) {
        delete $self->{fifo};
        return;
    }
    my $writable = '';
    vec( $writable, fileno( $self->{fifo} ), 1 ) = 1 if $self->{feeding};
    my $ready = select undef, $self->{feeding} ? $writable : undef, undef, $seconds;
    $self->feed() if $self->{feeding} && $ready > 0;
    return;
}

# An interrupted command answers with a result line; then nobody has anything to say to it. `stop` holds the size that the
# output had before the interrupt: earlier turns have result lines too, and this answer may be there already.
sub watch_for_the_answer_to_a_stop {
    my ($self) = @_;
    $self->watch_output();
    $self->{output}->skip_to( AnyonRun::Exchange::slurp( 'stop', 32 ) // 0 );
    $self->{until_result} = 1;
    return;
}

sub watch_output {
    my ($self) = @_;
    return if $self->{output};
    require 'result-line.pm';
    $self->{output} = AnyonRun::ResultLine->new('out.raw');
    return;
}

# Moves the first input into the FIFO until it is full (64 KiB) or all of it is there.
sub feed {
    my ($self) = @_;
    return if !$self->{input} || $self->{waits};
    $self->{feeding} = 1;
    while (1) {
        if ( !length( $self->{rest} // '' ) ) {
            if ( !sysread $self->{input}, $self->{rest}, BLOCK ) { $self->fed(); return }
        }
        my $count = syswrite $self->{fifo}, $self->{rest};
        return if !$count;
        substr $self->{rest}, 0, $count, '';
    }
}

sub fed {
    my ($self) = @_;
    delete @$self{qw(input feeding rest)};
    flock $self->{fifo}, AnyonRun::Fifo::LOCK_UN();
    return;
}

1;
