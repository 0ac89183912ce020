import { expect, it } from 'vitest';
import { placeAfterSignIn, signInOnTheWayTo } from '@/server/auth/place-after-sign-in';

it.each(['/workspaces/1?tab=preview&open=80', '/system?tab=retention#logs'])('after a sign-in somebody goes on to the page that they wanted: %s', (place) => {
  expect(placeAfterSignIn(place)).toBe(place);
  expect(new URL(signInOnTheWayTo(place), 'http://a').searchParams.get('to')).toBe(place);
});

it.each([undefined, ['/a', '/b'], '', 'a', 'https://evil.example/', '//evil.example', '/\\evil.example', '/\tevil', 'javascript:alert(1)', '/api/auth/signout', '/sign-in?to=/sign-in', '/setup?token=x', `/${'a'.repeat(5_000)}`])('and never to another server, nor in circles: %s', (asked) => {
  expect(placeAfterSignIn(asked)).toBe('/');
});

it('a refusal is told on the way there, and the board needs no telling', () => {
  expect([signInOnTheWayTo('/'), signInOnTheWayTo('/', 'pat-unknown'), signInOnTheWayTo('/system', 'pat-unknown')]).toEqual(['/sign-in', '/sign-in?error=pat-unknown', '/sign-in?error=pat-unknown&to=%2Fsystem']);
});
