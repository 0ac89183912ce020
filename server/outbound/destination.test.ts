import { describe, expect, it } from 'vitest';
import { destinationOfUrl, parseDestination } from '@/server/outbound/destination';

describe('parseDestination (ISO-07)', () => {
  it.each([
    ['example.com:443', { host: 'example.com', port: 443 }],
    ['EXAMPLE.com.:443', { host: 'example.com', port: 443 }],
    ['a_b.example:8080', { host: 'a_b.example', port: 8080 }],
    ['10.0.0.1:22', { host: '10.0.0.1', port: 22 }],
    ['[::1]:443', { host: '::1', port: 443 }],
    ['[::FFFF:127.0.0.1]:80', { host: '::ffff:127.0.0.1', port: 80 }],
    ['1e100.net:443', { host: '1e100.net', port: 443 }],
  ])('reads %s', (text, destination) => {
    expect(parseDestination(text)).toEqual(destination);
  });

  it.each([
    '',
    'example.com',
    'example.com:',
    'example.com:0',
    'example.com:65536',
    'example.com:443:443',
    ':443',
    'user@example.com:443',
    'example.com:443/path',
    'exa mple.com:443',
    'example.com:443\r\nx: y',
    '-x.example:443',
    'x..example:443',
    '0x7f.1:80',
    '0x7f000001:80',
    '2130706433:80',
    '0177.0.0.1:80',
    '127.1:80',
    '127.0.0.1.:80x',
    'localhost.0x1:80',
    '::1:443',
    '[::1:443',
    '[example.com]:443',
    '[fe80::1%eth0]:443',
    'ex\u00e4mple.com:443',
    `${'a'.repeat(64)}.com:443`,
    `${'abcdefgh.'.repeat(30)}com:443`,
  ])('takes %j for none', (text) => {
    expect(parseDestination(text)).toBeNull();
  });

  it('reads the server out of a repository’s address', () => {
    expect(destinationOfUrl('https://github.com/owner/repository.git')).toEqual({ host: 'github.com', port: 443 });
    expect(destinationOfUrl('http://git.corp:8080/x')).toEqual({ host: 'git.corp', port: 8080 });
    expect(destinationOfUrl('http://GIT.corp/x')).toEqual({ host: 'git.corp', port: 80 });
    for (const address of ['ssh://git@github.com/x', 'git@github.com:x', '']) expect(destinationOfUrl(address)).toBeNull();
  });
});
