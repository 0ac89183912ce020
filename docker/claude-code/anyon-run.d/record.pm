# What the wrapper writes down about itself, its command and the end; the host and `alive`, `stop`, `diff` read it.
package AnyonRun::Record;
use strict;
require 'exchange.pm';
require 'json.pm';
require 'processes.pm';

# The wrapper: inside the claim, so that claiming and saying who did it are one place.
sub write_wrapper {
    AnyonRun::Exchange::publish( 'wrapper', sprintf qq({"pid":%d,"startTime":"%s"}\n), $$, raw_start_time($$) );
    return;
}

sub write_command {
    my ($pid) = @_;
    my $start_time = raw_start_time($pid);
    AnyonRun::Exchange::publish( 'pid', sprintf qq({"pid":%d,"startTime":"%s","startedAt":"%s"}\n), $pid, $start_time, AnyonRun::Exchange::now() );
    return;
}

# Of our own child this can always be read: it stays in /proc, at least as a zombie, until it is waited for.
sub raw_start_time {
    my ($pid) = @_;
    my @field = AnyonRun::Processes::stat_fields($pid);
    return $field[19];
}

# Recorded (pid, start time) of `wrapper` or `pid`; the empty list when there is none.
sub read_process {
    my ($name) = @_;
    my $text = AnyonRun::Exchange::slurp( $name, 4096 ) // return;
    my $record = eval { AnyonRun::Json::decode($text) };
    return if ref $record ne 'HASH' || !defined $record->{pid} || !defined $record->{startTime};
    return ( $record->{pid}, $record->{startTime} );
}

sub process_lives {
    my ($name) = @_;
    my ( $pid, $start_time ) = read_process($name) or return 0;
    return AnyonRun::Processes::lives( $pid, $start_time ) ? $pid : 0;
}

# The last word on a command. Raw output first: whoever finds this file after a power cut also finds all of the output.
sub write_exit {
    my (%end) = @_;
    AnyonRun::Exchange::sync_name($_) for qw(out.raw err.raw);
    my $json = sprintf qq({"stage":"%s","exitCode":%s,"signal":%s,"oomKills":%d,"finishedAt":"%s"}\n),
        $end{stage}, AnyonRun::Json::number( $end{exitCode} ), AnyonRun::Json::text( $end{signal} ), $end{oomKills} // 0, AnyonRun::Exchange::now();
    AnyonRun::Exchange::publish( 'exit.json', $json, durable => 1 );
    return;
}

# `SIGTERM` for 15.
sub signal_name {
    my ($number) = @_;
    require Config;
    my @names = split ' ', $Config::Config{sig_name};
    return 'SIG' . ( $names[$number] // $number );
}

1;
