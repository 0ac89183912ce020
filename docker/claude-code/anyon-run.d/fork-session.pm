# A Claude session that begins as another one was at a moment: its transcript up to there, under another id, for another place.
#
# A transcript holds one JSON object per line, and lines that say something have a time; all three CLI versions write them in order.
# What is left out: the prices so far, which are another session's, and the CLI's copies of its requests, which it makes again.
package AnyonRun::ForkSession;
use strict;
BEGIN { require 'linux.pm' }
require 'exchange.pm';
require 'json.pm';

my $LEFT_OUT = qr/\A(?:api-request|api-request-blob|api-request-shape|cost-state)\z/;
my $TIME     = qr/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/;

# Dies with a sentence when there is nothing to begin with. Repeating it changes nothing: the copy appears whole or not at all.
sub fork_session {
    my ($session) = @_;
    my ( $from, $to ) = map { inside_workspace( $session->{$_} ) } qw(from to);
    return if -e $to;
    my $source = AnyonRun::Exchange::open_regular( $from, Linux::o_rdonly ) or die "the conversation that this one begins with cannot be read: $!\n";
    my $temporary = make_place($to) . '.new';
    unlink $temporary;
    sysopen( my $copy, $temporary, Linux::o_wronly | Linux::o_creat | Linux::o_excl | Linux::o_nofollow, 0600 ) or die "the conversation cannot be copied: $!\n";
    my $lines = copy_until( $source, $copy, $session );
    close $copy or die "the conversation cannot be copied: $!\n";
    if ( !$lines ) { unlink $temporary; die "nothing had been said before that run\n" }
    rename $temporary, $to or die "the conversation cannot be copied: $!\n";
    return;
}

sub inside_workspace {
    my ($path) = @_;
    ( $path // '' ) =~ m{\A/workspace/[A-Za-z0-9_./-]+\.jsonl\z} && $path !~ m{/\.\./} or die "spec.json: not the path of a conversation\n";
    return $path;
}

sub make_place {
    my ($path) = @_;
    my $directory = '';
    for my $part ( split m{/}, $path =~ s{\A/|/[^/]+\z}{}gr ) {
        $directory .= "/$part";
        mkdir $directory, 0700;
    }
    return $path;
}

# The number of lines that were copied.
sub copy_until {
    my ( $source, $copy, $session ) = @_;
    my ( $out, $lines ) = ( '', 0 );
    while ( defined( my $line = readline $source ) ) {
        last if $line !~ /\n\z/;    # half a line: the CLI was ended while it wrote
        my ( $time, $kind ) = look_at( $line, $session->{before} );
        last if defined $time && $time ge $session->{before};
        next if $kind =~ $LEFT_OUT;
        $out .= renamed( $line, $session );
        $lines++;
        next if length $out < 1024 * 1024;
        AnyonRun::Exchange::write_all( $copy, $out );
        $out = '';
    }
    AnyonRun::Exchange::write_all( $copy, $out );
    return $lines;
}

# Time and kind as the line itself says them. Lines are long: only one that may be too late, or left out, is read as JSON.
sub look_at {
    my ( $line, $before ) = @_;
    my $maybe_late = 0;
    while ( $line =~ /"timestamp":"($TIME)"/g ) { $maybe_late = 1 if $1 ge $before }
    return ( undef, '' ) if !$maybe_late && $line !~ /"type":"(?:api-|cost-)/;
    my $object = eval { AnyonRun::Json::decode($line) };
    return ( undef, '' ) if ref $object ne 'HASH';
    my ( $time, $kind ) = @$object{qw(timestamp type)};
    return ( defined $time && !ref $time && $time =~ /\A$TIME\z/ ? $time : undef, defined $kind && !ref $kind ? $kind : '' );
}

# The names of the new place for those of the old one. What Claude thought is signed as it stands: there only the CLI's own fields change.
sub renamed {
    my ( $line, $session ) = @_;
    my ( $old, $new ) = @{ $session->{id} };
    $line =~ s/"(session_?[iI]d)":"\Q$old\E"/"$1":"$new"/g;
    if ( $line =~ /"type":"(?:redacted_)?thinking"/ ) {
        my ( $was, $is ) = @{ $session->{worktree} };
        $line =~ s/"cwd":"\Q$was\E"/"cwd":"$is"/g;
        return $line;
    }
    for my $pair ( @$session{qw(worktree branch)} ) {
        my ( $was, $is ) = @$pair;
        $line =~ s/\Q$was\E(?![A-Za-z0-9_-])/$is/g;
    }
    return $line;
}

1;
