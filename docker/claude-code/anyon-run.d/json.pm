# As much JSON as the exchange needs. The core module takes 27 ms to load; this takes less than one, and every run waits for it.
package AnyonRun::Json;
use strict;

my %plain = ( '"' => '"', '\\' => '\\', '/' => '/', b => "\b", f => "\f", n => "\n", r => "\r", t => "\t" );

# Bytes of one JSON text to Perl: objects to hashes, strings to UTF-8 bytes, true to 1, false to 0, null to undef. Dies when it is not JSON.
sub decode {
    my ($text) = @_;
    pos($text) = 0;
    my $value = value( \$text, 0 );
    $text =~ /\G\s*\z/gc or die "not JSON: something follows the value\n";
    return $value;
}

sub value {
    my ( $text, $depth ) = @_;
    die "not JSON: nested too deeply\n" if $depth > 64;
    $$text =~ /\G\s+/gc;
    return string($text) if $$text =~ /\G"/gc;
    return object( $text, $depth ) if $$text =~ /\G\{/gc;
    return list( $text, $depth ) if $$text =~ /\G\[/gc;
    return 1 if $$text =~ /\Gtrue/gc;
    return 0 if $$text =~ /\Gfalse/gc;
    return undef if $$text =~ /\Gnull/gc;
    return 0 + $1 if $$text =~ /\G(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)/gc;
    die 'not JSON at byte ' . ( pos($$text) // 0 ) . "\n";
}

sub object {
    my ( $text, $depth ) = @_;
    my %object;
    return \%object if $$text =~ /\G\s*\}/gc;
    while (1) {
        $$text =~ /\G\s*"/gc or die "not JSON: a key is missing\n";
        my $key = string($text);
        $$text =~ /\G\s*:/gc or die "not JSON: a colon is missing\n";
        $object{$key} = value( $text, $depth + 1 );
        return \%object if $$text =~ /\G\s*\}/gc;
        $$text =~ /\G\s*,/gc or die "not JSON: an object does not end\n";
    }
}

sub list {
    my ( $text, $depth ) = @_;
    my @list;
    return \@list if $$text =~ /\G\s*\]/gc;
    while (1) {
        push @list, value( $text, $depth + 1 );
        return \@list if $$text =~ /\G\s*\]/gc;
        $$text =~ /\G\s*,/gc or die "not JSON: a list does not end\n";
    }
}

# The rest of a string whose opening quote has been read. In pieces: one pattern for the whole string would overflow on long ones.
sub string {
    my ($text) = @_;
    my $result = '';
    while (1) {
        $result .= $1 if $$text =~ /\G([^"\\]+)/gc;
        return $result if $$text =~ /\G"/gc;
        if    ( $$text =~ m{\G\\(["\\/bfnrt])}gc ) { $result .= $plain{$1} }
        elsif ( $$text =~ /\G\\u([0-9a-fA-F]{4})/gc ) { $result .= utf8_bytes( unicode( $text, hex $1 ) ) }
        else                                          { die "not JSON: a string does not end\n" }
    }
}

sub unicode {
    my ( $text, $code ) = @_;
    if ( $code >= 0xd800 && $code < 0xdc00 && $$text =~ /\G\\u(d[c-f][0-9a-f]{2})/gci ) {
        return 0x10000 + ( ( $code - 0xd800 ) << 10 ) + ( hex($1) - 0xdc00 );
    }
    return $code >= 0xd800 && $code < 0xe000 ? 0xfffd : $code;
}

sub utf8_bytes {
    my $character = chr shift;
    utf8::encode($character);
    return $character;
}

# A JSON string of any bytes. What is not UTF-8 becomes U+FFFD, so that the result always parses.
sub quote {
    my ($bytes) = @_;
    my $text = $bytes;
    if ( !utf8::decode($text) ) { $text = $bytes; $text =~ s/[^\x00-\x7f]/\x{fffd}/g }
    $text =~ s/(["\\])/\\$1/g;
    $text =~ s/([\x00-\x1f\x7f-\x9f\x{2028}\x{2029}])/sprintf '\\u%04x', ord $1/ge;
    utf8::encode($text);
    return qq("$text");
}

# A number or null.
sub number { my ($value) = @_; return defined $value ? 0 + $value : 'null' }

# A string or null.
sub text { my ($value) = @_; return defined $value ? quote($value) : 'null' }

1;
