# Who lives in this container: told by /proc, never by a bare number, because numbers are used again.
package AnyonRun::Processes;
use strict;
BEGIN { require 'linux.pm' }

# Field 22 of /proc/<pid>/stat (start, in ticks since boot), or undef when it is gone or a zombie.
sub start_time {
    my ($pid) = @_;
    my @field = stat_fields($pid) or return;
    return if $field[0] =~ /[ZX]/;
    return $field[19];
}

sub parent_of {
    my ($pid) = @_;
    my @field = stat_fields($pid) or return;
    return $field[1];
}

# From field 3 on. The name (field 2) may hold spaces and brackets, so everything up to the last one is cut away.
sub stat_fields {
    my ($pid) = @_;
    open( my $handle, '<', "/proc/$pid/stat" ) or return;
    my $line = <$handle> // return;
    $line =~ s/\A.*\) //s;
    return split ' ', $line;
}

# True when $pid is still the process that started at $start_time.
sub lives {
    my ( $pid, $start_time ) = @_;
    return 0 if !$pid || $pid !~ /\A[0-9]+\z/;
    my $now = start_time($pid);
    return defined $now && $now eq $start_time;
}

sub all {
    opendir( my $directory, '/proc' ) or return;
    return grep { /\A[0-9]+\z/ && $_ > 1 && $_ != $$ } readdir $directory;
}

# Living processes whose environment carries ANYON_RUN_ID=<id>, except those named. A tool in its own session still carries it.
sub marked {
    my ( $id, @except ) = @_;
    my %except = map { $_ => 1 } grep { defined } @except;
    return grep { !$except{$_} && carries( $_, $id ) && defined start_time($_) } all();
}

sub carries {
    my ( $pid, $id ) = @_;
    open( my $handle, '<', "/proc/$pid/environ" ) or return 0;
    local $/;
    my $environment = <$handle> // return 0;
    return index( "\0$environment\0", "\0ANYON_RUN_ID=$id\0" ) >= 0;
}

# Living descendants of a process. Complete only when that process is a subreaper: else orphans leave the family.
sub descendants {
    my ($ancestor) = @_;
    my %parent = map { $_ => parent_of($_) // 0 } all();
    return grep {
        my $pid = $_;
        my $steps = 0;
        while ( $pid && $pid != $ancestor && $steps++ < 4096 ) { $pid = $parent{$pid} }
        $pid && $pid == $ancestor && defined start_time($_);
    } keys %parent;
}

# Orphans of our command become our children instead of init's, so that even one with an emptied environment can be found.
sub adopt_orphans {
    my $PR_SET_CHILD_SUBREAPER = 36;
    return syscall( Linux::prctl, $PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0 ) == 0;
}

sub pause { select undef, undef, undef, $_[0]; return }

1;
