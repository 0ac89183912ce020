# git as the wrapper itself uses it: no hooks, no file-system monitor, no pager, no prompt, plain English, no shell.
package AnyonRun::Git;
use strict;

our $running;    # process number of the git that is being read, so that a deadline can end it

# Runs git in $directory; returns (exit status as of wait, output up to $limit bytes). What git complains about goes to our STDERR.
sub run {
    my ( $directory, $limit, @arguments ) = @_;
    local $ENV{LC_ALL} = 'C';
    local $ENV{GIT_OPTIONAL_LOCKS} = '0';
    local $ENV{GIT_CONFIG_COUNT} = 0;
    my @command = ( 'git', '--no-pager', '-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', '-c', 'gc.auto=0', '-C', $directory, @arguments );
    $running = open( my $handle, '-|', @command ) or die "git cannot be started: $!\n";
    my $output = AnyonRun::Exchange::read_all( $handle, $limit );
    close $handle;    # closed before its end: git ends by SIGPIPE
    my $status = $?;
    $running = undef;
    return ( $status, $output );
}

# One line of output, or an exception that says what was tried.
sub ask {
    my ( $directory, @arguments ) = @_;
    my ( $status, $output ) = run( $directory, 65536, @arguments );
    $status == 0 or die "git $arguments[0] failed\n";
    $output =~ s/\n\z//;
    return $output;
}

1;
