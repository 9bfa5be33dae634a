// Other sites' pages cannot drive the board or read it. Each attack is tried first by the board's own page, where it
// works: what is refused then is the stranger, not the attack.

import { createServer } from 'node:http';

import { COMMAND, check, checkEqual, isReady, lampShows, main, test } from './harness.mjs';

// These run in a page. Each returns what it was able to do.
const attacks = {
  'json': async ({ base, topic }) => {
    const answer = await fetch(`${base}api/publish`, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ topic, payload: 'on' }),
    });
    return answer.ok;
  },
  'read': async ({ base }) => (await (await fetch(`${base}api/board`)).json()).node !== undefined,
  'events': ({ base }) => new Promise((done) => {
    const events = new EventSource(`${base}api/events`);
    events.addEventListener('board', () => done(true));
    events.onerror = () => done(false);
  }),
  'websocket': ({ base }) => new Promise((done) => {
    const socket = new WebSocket(`${base.replace('http', 'ws')}mqtt`, 'mqtt');
    socket.onopen = () => done(true);
    socket.onerror = () => done(false);
  }),
};

// These get no answer in any case; what they have done is to be seen at the board.
const blind = {
  'text-without-asking': ({ base, topic }) => fetch(`${base}api/publish`, {
    method: 'POST',
    mode: 'no-cors',
    headers: { 'Content-Type': 'text/plain' },
    body: JSON.stringify({ topic, payload: 'on' }),
  }).catch(() => {}),
  'beacon': ({ base, topic }) => navigator.sendBeacon(`${base}api/publish`,
    new Blob([JSON.stringify({ topic, payload: 'on' })], { type: 'text/plain' })),
  'beacon-as-json': ({ base, topic }) => navigator.sendBeacon(`${base}api/publish`,
    new Blob([JSON.stringify({ topic, payload: 'on' })], { type: 'application/json' })),
  'form': ({ base, topic }) => new Promise((done) => {
    const frame = document.createElement('iframe');
    frame.name = 'target';
    const form = document.createElement('form');
    Object.assign(form, { method: 'POST', action: `${base}api/publish`, enctype: 'text/plain', target: 'target' });
    const field = document.createElement('input');
    field.name = `{"topic":"${topic}","payload":"on","more":"`;
    field.value = '"}';
    form.append(field);
    document.body.append(frame, form);
    frame.onload = () => frame.contentWindow && setTimeout(done, 200);
    form.submit();
  }),
  'request-in-a-body': ({ base, topic }) => {
    const body = JSON.stringify({ topic, payload: 'on' });
    const hidden = `POST /api/publish HTTP/1.1\r\nHost: ${new URL(base).host}\r\nContent-Type: application/json\r\n`
      + `Content-Length: ${body.length}\r\n\r\n${body}`;
    return fetch(`${base}api/power`, { method: 'POST', mode: 'no-cors', body: hidden }).catch(() => {});
  },
};

async function listen(scene) {
  const server = createServer((request, answer) => {
    answer.setHeader('Content-Type', 'text/html');
    answer.end('<!doctype html><title>evil</title><link rel="icon" href="data:,">');
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  scene.onEnd(() => new Promise((done) => {
    server.close(done);
    server.closeAllConnections();
  }));
  return `http://127.0.0.1:${server.address().port}/`;
}

const can = (page, attack, target) => page.evaluate(attack, target).catch(() => false);

async function isUnmoved(board) {
  const { power, state, pins } = await board.json();
  checkEqual([power, state, pins[0].level], [true, 'online', 1], 'power, state and level of the lamp’s pin');
}

const ANY = { expected: [/./] }; // a browser logs each refusal

test('another-site-s-page', async (scene) => {
  const board = await scene.board();
  const target = { base: board.url, topic: COMMAND };
  const own = await scene.open(board.url);
  await isReady(own);
  for (const [name, attack] of Object.entries(attacks)) {
    check(await can(own, attack, target), `the board’s own page cannot: ${name}`);
  }
  await lampShows(own, true);
  await board.publish(COMMAND, 'off');
  await lampShows(own, false);
  for (const site of [await listen(scene), (await listen(scene)).replace('127.0.0.1', 'localhost')]) {
    const evil = await scene.open(site, ANY);
    for (const [name, attack] of Object.entries(attacks)) {
      check(!(await can(evil, attack, target)), `a page of ${site} can: ${name}`);
    }
    for (const attack of Object.values(blind)) {
      await evil.evaluate(attack, target);
    }
    await isUnmoved(board);
  }
  const { messages } = await board.json();
  checkEqual(messages.filter((m) => m.topic === COMMAND && m.payload === 'on').length, 1, 'commands that came');
});

test('name-that-points-here', async (scene) => {
  const board = await scene.board();
  const base = board.url.replace('127.0.0.1', 'rebound.example');
  const evil = await scene.open(base, ANY);
  check((await evil.content()).includes('config.invalid'), 'the page is shown under a foreign name');
  for (const [name, attack] of Object.entries(attacks)) {
    check(!(await can(evil, attack, { base, topic: COMMAND })), `a page of ${base} can: ${name}`);
  }
  await isUnmoved(board);
});

test('frame-of-another-site', async (scene) => {
  const board = await scene.board();
  const evil = await scene.open(await listen(scene), ANY);
  await evil.evaluate((url) => new Promise((done) => {
    const frame = document.createElement('iframe');
    frame.src = url;
    frame.onload = done;
    document.body.append(frame);
  }), board.url);
  const [, frame] = evil.frames();
  check(!frame.url().startsWith(board.url), `the board is shown in a frame: ${frame.url()}`);
});

test('no-script-but-its-own', async (scene) => {
  const board = await scene.board();
  const page = await scene.open(board.url, ANY);
  await isReady(page);
  const ran = await page.evaluate(() => new Promise((done) => {
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    addEventListener('securitypolicyviolation', () => done(false));
    document.body.append(script);
    if (window.ran) {
      done(true);
    }
  }));
  check(!ran, 'an inline script runs');
});

await main('browser/origin');
