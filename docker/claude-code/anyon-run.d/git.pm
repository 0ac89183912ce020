# git as the wrapper itself uses it: no hooks, no file-system monitor, no pager, no prompt, plain English, no shell.
package AnyonRun::Git;
use strict;

our $running;    # process number of the git that is being read, so that a deadline can end it
our $late;       # the sentence about a deadline that has passed: no further git is started then

# Runs git in $directory; returns (exit status as of wait, output up to $limit bytes). What git complains about goes to our STDERR.
sub run {
    my ( $directory, $limit, @arguments ) = @_;
    my $handle = start( $directory, @arguments );
    my $output = AnyonRun::Exchange::read_all( $handle, $limit );
    return ( finish($handle), $output );
}

# One line of output, or an exception that says what was tried.
sub ask {
    my ( $directory, @arguments ) = @_;
    my ( $status, $output ) = run( $directory, 65536, @arguments );
    $status == 0 or die "git $arguments[0] failed\n";
    $output =~ s/\n\z//;
    return $output;
}

# Hands every NUL-terminated record to $work as it comes; dies when git fails. For output that is too long to be held.
sub each_record {
    my ( $directory, $work, @arguments ) = @_;
    my $handle = start( $directory, @arguments );
    local $/ = "\0";
    while ( defined( my $record = readline $handle ) ) {
        chomp $record;
        $work->($record);
    }
    finish($handle) == 0 or die "git $arguments[0] failed\n";
    return;
}

# Runs git with a file as its standard input and returns its output, up to 1 MiB; dies when git fails.
sub feed {
    my ( $directory, $file, @arguments ) = @_;
    open( my $before, '<&', \*STDIN ) or die "standard input cannot be kept: $!\n";
    open( STDIN, '<', $file ) or die "$file cannot be read: $!\n";
    my ( $status, $output ) = eval { run( $directory, 1024 * 1024, @arguments ) };
    my $error = $@;
    open STDIN, '<&', $before;
    die $error if $error;
    $status == 0 or die "git $arguments[0] failed\n";
    return $output;
}

# Does $work without git's complaints, where its failure is one of the answers.
sub quietly {
    my ($work) = @_;
    open( my $before, '>&', \*STDERR ) or die "standard error cannot be kept: $!\n";
    open STDERR, '>', '/dev/null';
    my @result = eval { $work->() };
    my $error = $@;
    open STDERR, '>&', $before;
    die $error if $error;
    return wantarray ? @result : $result[0];
}

sub start {
    my ( $directory, @arguments ) = @_;
    die $late if $late;
    local $ENV{LC_ALL} = 'C';
    local $ENV{GIT_OPTIONAL_LOCKS} = '0';
    local $ENV{GIT_CONFIG_COUNT} = 0;
    my @command = ( 'git', '--no-pager', '-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', '-c', 'gc.auto=0', '-C', $directory, @arguments );
    $running = open( my $handle, '-|', @command ) or die "git cannot be started: $!\n";
    return $handle;
}

# Closed before its end: git ends by SIGPIPE.
sub finish {
    my ($handle) = @_;
    close $handle;
    $running = undef;
    return $?;
}

# Does $work, or ends the git that is running and dies when it takes too long.
sub within_time {
    my ( $seconds, $work ) = @_;
    local $late;
    local $SIG{ALRM} = sub {
        $late = "it took longer than $seconds seconds\n";
        kill 'KILL', $running if $running;
        die $late;
    };
    alarm $seconds;
    my $done = eval { $work->(); 1 };
    my $error = $late // $@;    # somebody inside may have caught it
    alarm 0;
    die $error if !$done || $late;
    return;
}

1;
