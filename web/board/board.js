// The page of the virtual board: draws what /api/board and /api/events say, and posts what the person does.
// What comes from the network (topics, payloads, names) is only ever put on the page as text.

import { languages, reasons, strings } from './strings.js';

const MESSAGES_MAX = 200;
const PAYLOAD_CHARACTERS_MAX = 240;
const RECONNECT_MS = 2000;
const COPIED_SHOWN_MS = 1500;

const at = (id) => document.getElementById(id);

const view = {
  board: null,
  messages: [], // newest first
  held: 0, // messages that came while the list was paused
  paused: false,
  live: null, // null until the first answer, then whether the program answers
  booted_at: 0,
  language: recall('language', languages, navigator.language.startsWith('zh') ? 'zh' : 'en'),
  theme: recall('theme', ['auto', 'light', 'dark'], 'auto'),
};

// ---- words -------------------------------------------------------------------------------------------------------

function recall(name, allowed, otherwise) {
  try {
    const kept = localStorage.getItem(`mote.${name}`);
    return allowed.includes(kept) ? kept : otherwise;
  } catch {
    return otherwise; // a browser may forbid storage; the choice then lasts as long as the page
  }
}

function remember(name, value) {
  try {
    localStorage.setItem(`mote.${name}`, value);
  } catch {
    // see recall
  }
}

function t(key, values = {}) {
  return strings[key][languages.indexOf(view.language)].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

function translate(root) {
  root.querySelectorAll('[data-t]').forEach((element) => setText(element, t(element.dataset.t)));
  root.querySelectorAll('[data-t-label]').forEach((element) => {
    element.setAttribute('aria-label', t(element.dataset.tLabel));
  });
}

function reasonOf(code, words, next) {
  const [known, step] = reasons[code]?.[languages.indexOf(view.language)] ?? [words || code, next];
  return { code, words: known, next: step || '' };
}

// Control characters and those that turn the direction of writing get a visible sign: a payload can hide nothing.
function visible(text) {
  const signs = { '\n': '↵', '\t': '⇥' };
  const hidden = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
  return text.replace(hidden, (c) => signs[c] ?? '\ufffd');
}

const minus = (number) => String(number).replace('-', '\u2212');

function duration(seconds) {
  const two = (n) => String(n).padStart(2, '0');
  const days = Math.floor(seconds / 86400);
  const clock = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return days > 0 ? `${days} d ${clock}` : clock;
}

// ---- small helpers on the document -------------------------------------------------------------------------------

// Only touches the element when the text differs: a live region speaks each time it is written.
function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

function setData(element, values) {
  Object.entries(values).forEach(([name, value]) => {
    if (element.dataset[name] !== String(value)) {
      element.dataset[name] = value;
    }
  });
}

function fill(element, attributes, text) {
  Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
  element.textContent = text;
  return element;
}

const make = (name, attributes = {}, text = '') => fill(document.createElement(name), attributes, text);

const SVG = 'http://www.w3.org/2000/svg';

const draw = (name, attributes = {}, text = '') => fill(document.createElementNS(SVG, name), attributes, text);

function clone(id) {
  const element = at(id).content.firstElementChild.cloneNode(true);
  translate(element);
  return element;
}

// One child of `parent` for each item, made once for each key, so that focus and animation survive an update.
function keep(parent, items, keyOf, create, update) {
  const keys = items.map(keyOf);
  if (JSON.stringify(keys) !== parent.dataset.keys) {
    parent.replaceChildren(...items.map(create));
    parent.dataset.keys = JSON.stringify(keys);
  }
  items.forEach((item, index) => update(parent.children[index], item, index));
}

// The first of its kind has the plain name; its siblings carry theirs behind it.
const testId = (kind, name, index) => (index === 0 ? kind : `${kind}-${name}`);

// ---- talking to the program ------------------------------------------------------------------------------------

let posting = Promise.resolve();

// One at a time and in order: a release must never overtake its press.
function post(path, body) {
  if (body.pressed !== false) { // letting go belongs to the press before it, and must not hide that one's error
    notify('');
  }
  posting = posting.then(() => postNow(path, body));
  return posting;
}

async function postNow(path, body) {
  try {
    const answer = await fetch(`api/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      keepalive: true, // a release must arrive even when the page is being closed
    });
    if (answer.ok) {
      return;
    }
    const problem = await answer.json().catch(() => ({}));
    notify(t('refused', { error: wordsOf(problem, answer) }));
  } catch {
    notify(t('no_answer'));
  }
}

// A request that is wrong in itself is told in the program's own words, which say what was expected.
function wordsOf({ error, reason }, answer) {
  const words = error || answer.statusText || String(answer.status);
  const known = reason && reason !== 'config.invalid' ? reasonOf(reason, words).words : words;
  return reason ? `${known} (${reason})` : known;
}

function notify(words) {
  setText(at('notice').querySelector('p'), words);
  at('notice').hidden = words === '';
}

let snapshotRunning = false;
let snapshotStale = false;

// The snapshot and the events come over two connections. If the board changes while the snapshot is on its way, nobody
// can tell which of the two is newer, so it is fetched again.
async function fetchSnapshot() {
  if (snapshotRunning) {
    snapshotStale = true;
    return;
  }
  snapshotRunning = true;
  do {
    snapshotStale = false;
    const board = await fetchBoard();
    if (board) {
      showSnapshot(board);
    } else if (view.live) {
      setTimeout(fetchSnapshot, RECONNECT_MS);
    }
  } while (snapshotStale);
  snapshotRunning = false;
}

async function fetchBoard() {
  try {
    const answer = await fetch('api/board', { cache: 'no-store' });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

function showSnapshot(board) {
  const newest = Math.max(0, ...board.messages.map((message) => message.id));
  const passed = view.messages.filter((message) => message.id > newest);
  view.messages = [...passed, ...board.messages.sort((a, b) => b.id - a.id)].slice(0, MESSAGES_MAX);
  showMessages();
  showBoard(board);
}

function listen() {
  const events = new EventSource('api/events');
  events.onopen = () => {
    showConnection(true);
    view.messages = []; // a program that was started anew counts its messages from the beginning
    fetchSnapshot();
  };
  events.onerror = () => {
    showConnection(false);
    if (events.readyState === EventSource.CLOSED) { // it gives up by itself after an HTTP error
      setTimeout(listen, RECONNECT_MS);
    }
  };
  events.addEventListener('board', (event) => {
    snapshotStale = true;
    showBoard(JSON.parse(event.data));
  });
  events.addEventListener('message', (event) => addMessage(JSON.parse(event.data)));
}

function showConnection(live) {
  view.live = live;
  setData(at('connection'), { state: live === null ? 'connecting' : live ? 'live' : 'away' });
  setText(at('connection'), t(live === null ? 'connecting_page' : live ? 'live' : 'away'));
  at('away').hidden = live !== false;
  document.body.classList.toggle('is-away', live === false);
}

// ---- the way to the broker -------------------------------------------------------------------------------------

function brokerAddress(board) {
  return board.broker.url.replace(/^\w+:\/\//, '').replace(/\/$/, '');
}

// Each step as [tone, detail]; the tones are ok, busy, warn, bad and idle.

const TONES = { off: 'idle', searching: 'busy', connecting: 'busy', lost: 'bad', waiting: 'warn', refused: 'bad' };

// Without a lease the board is on the network all the same: it is the address that is missing.
const isJoined = (wifi) => wifi.state === 'connected' || wifi.reason.startsWith('dhcp.');

function wifiStep({ wifi }) {
  const lost = wifi.state === 'lost' && wifi.ssid === '' ? 'searching' : wifi.state; // it has forgotten which one
  const state = isJoined(wifi) ? 'connected' : lost;
  const detail = t(`wifi_${state}`, { ssid: wifi.ssid, dbm: minus(wifi.signal_dbm) });
  if (state === 'connected') {
    return ['ok', detail];
  }
  return [state === 'searching' && wifi.reason ? 'bad' : TONES[state], detail];
}

function addressStep({ wifi }) {
  if (wifi.reason.startsWith('dhcp.')) {
    return ['bad', t('none')];
  }
  if (wifi.address) {
    return ['ok', wifi.address];
  }
  return wifi.state === 'off' ? ['idle', t('none')] : ['busy', t('address_asking')];
}

function brokerStep(board) {
  const where = brokerAddress(board);
  const { state } = board.broker;
  return state === 'connected' ? ['ok', where] : [TONES[state], t(`broker_${state}`, { at: where })];
}

function subscribedStep(board) {
  const topics = board.switches.map((item) => item.command_topic);
  if (board.state !== 'online') {
    return board.broker.state === 'connected' ? ['busy', t('subscribing')] : ['idle', t('none')];
  }
  return ['ok', topics.length > 1 ? t('subscribed_topics', { count: topics.length }) : topics[0] ?? t('none')];
}

// What has not begun because an earlier step is not done is neither under way nor in trouble.
function idleAfterTrouble(steps) {
  const trouble = steps.findIndex(([tone]) => tone !== 'ok' && tone !== 'idle'); // a wired board has its WiFi off
  return steps.map((step, index) => (trouble >= 0 && index > trouble ? ['idle', t('none')] : step));
}

function showPath(board) {
  const steps = [wifiStep, addressStep, brokerStep, subscribedStep]
    .map((step) => (board.power ? step(board) : ['idle', t('none')]));
  idleAfterTrouble(steps).forEach(([tone, detail], index) => {
    const step = document.querySelector('.steps').children[index];
    setData(step, { tone });
    setText(step.querySelector('.tone'), t(`tone_${tone}`));
    setText(step.querySelector('.detail'), detail);
  });
}

function reasonShown(board) {
  if (!board.power) {
    return { code: '', words: t('no_power'), next: t('no_power_next'), tone: 'off' };
  }
  const source = [board, board.broker, board.wifi].find((part) => part.reason);
  if (source) {
    const tone = board.state === 'online' ? 'warn' : 'bad';
    return { ...reasonOf(source.reason, source.words, source.next), tone };
  }
  if (board.state === 'stopped') {
    return { code: '', words: t('node_stopped'), next: '', tone: 'off' };
  }
  if (board.state !== 'online') {
    return { code: '', words: t('under_way'), next: '', tone: 'busy' };
  }
  const topics = board.switches.map((item) => item.command_topic).join(', ');
  return { code: '', words: topics ? t('all_well', { topics }) : t('all_well_plain'), next: '', tone: 'ok' };
}

function showReason(board) {
  const { code, words, next, tone } = reasonShown(board);
  setData(at('reason'), { tone });
  setData(at('reason-words'), { reason: code });
  setText(at('reason-words'), words);
  setText(at('reason-code'), code);
  setText(at('reason-next'), next ? t('next', { next }) : '');
}

// Its own access point, and the page that somebody who has joined it sees.
function showPortal({ setup, power }) {
  const state = power && setup ? setup.state : 'closed';
  at('portal').hidden = state === 'closed';
  setData(at('portal'), { state });
  setText(at('portal').querySelector('span'), state === 'closed' ? '' : t(`setup_${state}`, { ssid: setup.ssid }));
}

// ---- the board as drawn ----------------------------------------------------------------------------------------

const TOP_ROW = ['5V', '3V3', 'EN', 'RST', 'A0', 16, 14, 12, 13, 'GND'];
const BOTTOM_ROW = ['5V', 'GND', 15, 2, 0, 4, 5, 3, 1, 'GND'];
const PAD_FIRST_X = 76;
const PAD_PITCH = 39;
const TAG_NAME_CHARACTERS = 10;

const rows = [
  { labels: TOP_ROW, pad_y: 72, silk_y: 95, edge_y: 58, tag_y: [32, 8] },
  { labels: BOTTOM_ROW, pad_y: 284, silk_y: 273, edge_y: 298, tag_y: [310, 334] },
];

const pads = new Map(); // by pin number: {x, row, circle}

function drawPads() {
  rows.forEach((row) => row.labels.forEach((label, index) => {
    const x = PAD_FIRST_X + index * PAD_PITCH;
    const circle = draw('circle', { cx: x, cy: row.pad_y, r: 8, class: 'pad' });
    at('pads').append(circle, draw('text', { x, y: row.silk_y, class: 'silk mid' }, String(label)));
    if (typeof label === 'number') {
      pads.set(label, { x, row, circle });
    }
  }));
}

const tagName = (name) => {
  const letters = [...name];
  return letters.length > TAG_NAME_CHARACTERS ? `${letters.slice(0, TAG_NAME_CHARACTERS - 1).join('')}…` : name;
};

const tagWidth = (name) => 32 + [...name].reduce((sum, c) => sum + (c > '\u2e7f' ? 13 : 7.3), 0);

// Where the name tag of each pin goes: beside its pad, over no other tag and over no other pin's wire.
function placeTags(pins) {
  const places = [];
  const used = pins.filter((pin) => pads.has(pin.number)).map((pin) => ({ pin, ...pads.get(pin.number) }));
  used.forEach(({ pin, x, row }) => {
    const width = tagWidth(tagName(pin.name));
    const crosses = (o, left) => o.row === row && o.x !== x && o.x > left - 4 && o.x < left + width + 4;
    const covers = (o, left, y) => o.y === y && o.left < left + width + 4 && left < o.left + o.width + 4;
    const isFree = ({ left, y }) => !used.some((o) => crosses(o, left)) && !places.some((o) => covers(o, left, y));
    const lefts = [x - width / 2, x - 12, x - width + 12];
    const place = row.tag_y.flatMap((y) => lefts.map((left) => ({ left, y }))).find(isFree);
    if (place) {
      places.push({ pin, x, row, width, ...place });
    }
  });
  return places;
}

function drawTags(pins) {
  const key = JSON.stringify(pins.map((pin) => [pin.number, pin.name]));
  if (at('tags').dataset.keys === key) {
    return;
  }
  at('tags').dataset.keys = key;
  pads.forEach(({ circle }) => circle.classList.remove('used'));
  pins.forEach((pin) => pads.get(pin.number)?.circle.classList.add('used'));
  const places = placeTags(pins);
  at('tag-lines').replaceChildren(...places.map(({ x, y, row }) => (
    draw('path', { d: `M${x} ${row.pad_y}V${y + 9}`, class: 'lead' }))));
  at('tags').replaceChildren(...places.map(({ pin, left, y, width }) => {
    const tag = draw('g', { class: 'tag', transform: `translate(${left} ${y})`, 'data-pin': pin.number });
    tag.append(draw('rect', { width, height: 20, rx: 10 }), draw('text', { x: 10, y: 14 }, tagName(pin.name)),
      draw('circle', { cx: width - 12, cy: 10, r: 7 }), draw('text', { x: width - 12, y: 14, class: 'mid level' }));
    return tag;
  }));
}

// From the lamp's pad round the outside of the board to where the lamp's own wire begins.
function drawWire(board) {
  const pad = pads.get(board.switches[0]?.pin);
  const outside = pad?.row === rows[0] ? 'V20H490V366' : 'V366';
  at('wire').setAttribute('d', pad ? `M${pad.x} ${pad.row.pad_y}${outside}H500` : '');
}

const levelOf = (board, pin) => (board.power ? String(pin.level) : '–');

// The little blue LED is wired as on the real module: to pin 2 against the supply, so low lights it.
function ledIsOn(board) {
  const pin = board.pins.find((p) => p.number === 2 && p.direction === 'output');
  return board.power && (pin ? pin.level === 0 : lampIsOn(board, board.switches[0]));
}

const lampIsOn = (board, item) => Boolean(board.power && item?.on);

function showDrawing(board) {
  drawTags(board.pins);
  drawWire(board);
  board.pins.forEach((pin) => {
    const tag = at('tags').querySelector(`[data-pin="${Number(pin.number)}"]`);
    if (tag) {
      setData(tag, { level: levelOf(board, pin), on: board.power && pin.on });
      setText(tag.querySelector('.level'), levelOf(board, pin));
    }
  });
  setData(at('board'), { power: board.power, wifi: board.power ? board.wifi.state : 'off' });
  setData(at('led'), { on: ledIsOn(board) });
  setData(at('bench'), { lit: lampIsOn(board, board.switches[0]), power: board.power });
  showButtons(board);
  keep(at('lamps'), board.switches, (item) => item.name, () => clone('lamp-template'), (lamp, item, index) => {
    const on = lampIsOn(board, item);
    setData(lamp, { on, testid: testId('lamp', item.name, index) });
    setText(lamp.querySelector('b'), item.name);
    setText(lamp.querySelector('span'), t(on ? 'is_on' : 'is_off'));
  });
}

// ---- buttons: down while held ----------------------------------------------------------------------------------

const heldButtons = new Set(); // the functions that let go

function releaseAll() {
  [...heldButtons].forEach((release) => release());
}

function attachPress(element, pinOf) {
  let pin = null;
  const release = () => {
    if (pin !== null) {
      post('button', { pin, pressed: false });
      pin = null;
      heldButtons.delete(release);
      setData(element, { held: false });
    }
  };
  const press = () => {
    pin = pin ?? pinOf();
    if (pin !== null && !heldButtons.has(release)) {
      heldButtons.add(release);
      setData(element, { held: true });
      post('button', { pin, pressed: true });
    }
  };
  const isPressKey = (event) => event.key === ' ' || event.key === 'Enter';
  element.addEventListener('pointerdown', (event) => event.button === 0 && press());
  ['pointerup', 'pointercancel', 'pointerleave', 'blur'].forEach((name) => element.addEventListener(name, release));
  element.addEventListener('contextmenu', (event) => event.preventDefault()); // a long touch asks for it
  element.addEventListener('keydown', (event) => {
    if (isPressKey(event)) {
      event.preventDefault();
      press();
    }
  });
  element.addEventListener('keyup', (event) => isPressKey(event) && release());
}

function showButton(element, board, button) {
  const pin = board.pins.find((p) => p.number === button.pin);
  const pressed = Boolean(board.power && pin?.on);
  setData(element, { pressed });
  element.setAttribute('aria-pressed', pressed);
  element.setAttribute('aria-label', t('press', { name: button.name, pin: button.pin }));
}

// The first button is the one drawn on the board; any others are plain buttons below it.
function showButtons(board) {
  const [first, ...others] = board.buttons;
  const drawn = at('button');
  drawn.toggleAttribute('data-absent', !first);
  if (first) {
    drawn.setAttribute('role', 'button');
    drawn.setAttribute('tabindex', '0');
    showButton(drawn, board, first);
  } else {
    drawn.removeAttribute('role');
    drawn.removeAttribute('tabindex');
  }
  const create = (button) => {
    const element = make('button', { type: 'button', class: 'small' }, button.name);
    setData(element, { testid: `button-${button.name}` });
    attachPress(element, () => button.pin);
    return element;
  };
  keep(at('more-keys'), others, (button) => [button.name, button.pin], create,
    (element, button) => showButton(element, board, button));
}

// ---- controls --------------------------------------------------------------------------------------------------

const quoted = (word) => (/^[\w.,:@%+=/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

function publishCommand(board, topic, payload) {
  const [, scheme, host, port] = /^(\w+):\/\/(\[[^\]]*\]|[^:/]*):?(\d*)/.exec(board.broker.url) ?? ['', 'mqtt', '', ''];
  const words = ['mosquitto_pub'];
  if (!['', '127.0.0.1', 'localhost', '[::1]'].includes(host)) {
    words.push('-h', host.replace(/[[\]]/g, ''));
  }
  if (port && port !== '1883') {
    words.push('-p', port);
  }
  if (scheme === 'mqtts') {
    words.push('--tls-use-os-certs');
  }
  return [...words, '-t', quoted(topic), '-m', payload];
}

// A line breaks between words only, not behind the dash of an option.
function showCommand(element, words) {
  if (element.textContent !== words.join(' ')) {
    element.replaceChildren(...words.flatMap((word, index) => [index === 0 ? '' : ' ', make('span', {}, word)]));
  }
}

async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // only a secure page has the clipboard: leave it selected for the person's own copy key
    getSelection().selectAllChildren(button.previousElementSibling);
    return;
  }
  setText(button, t('copied'));
  setTimeout(() => setText(button, t('copy')), COPIED_SHOWN_MS);
}

function createSwitch(item) {
  const element = clone('switch-template');
  ['on', 'off'].forEach((payload, index) => {
    element.querySelector(`.${payload}`).onclick = () => post('publish', { topic: item.command_topic, payload });
    const command = element.querySelectorAll('.command')[index];
    command.querySelector('button').onclick = (event) => copy(event.target, command.querySelector('code').textContent);
  });
  return element;
}

function showSwitch(element, board, item, index) {
  const on = lampIsOn(board, item);
  setText(element.querySelector('.switch-name b'), item.name);
  setText(element.querySelector('.switch-name code'), item.command_topic);
  ['on', 'off'].forEach((payload, line) => {
    const button = element.querySelector(`.${payload}`);
    setText(button, t(`publish_${payload}`));
    button.setAttribute('aria-label', t('publish_label', { payload, topic: item.command_topic }));
    setData(button, { testid: testId(`publish-${payload}`, item.name, index), current: on === (payload === 'on') });
    const command = element.querySelectorAll('.command')[line];
    showCommand(command.querySelector('code'), publishCommand(board, item.command_topic, payload));
  });
}

function setupOf({ setup, power }) {
  if (!setup) {
    return [];
  }
  const on = power && setup.state !== 'closed';
  return [{
    key: 'setup', testid: 'setup-toggle', icon: 'air', on, name: t('setup_point'), neutral: true,
    label: `${t('setup_point')} ${setup.ssid}`, detail: `${setup.ssid} · ${t(on ? 'setup_is_open' : 'setup_is_closed')}`,
    flip: (open) => post('setup', { open }),
  }];
}

// Everything that can be taken away, as {key, testid, icon, title, detail, on, flip}.
function troublesOf(board) {
  const air = board.air.map(({ ssid, present, signal_dbm: dbm }) => ({
    key: `air ${ssid}`, testid: `air-toggle-${ssid}`, icon: 'air', on: present, name: ssid,
    label: t('access_point', { ssid }), detail: t(present ? 'air_present' : 'air_gone', { dbm: minus(dbm) }),
    flip: (on) => post('air', { ssid, present: on }),
  }));
  const broker = {
    key: 'broker', testid: 'broker-toggle', icon: 'broker', on: board.broker.running, name: t('broker'),
    detail: `${brokerAddress(board)} · ${t(board.broker.running ? 'broker_running' : 'broker_stopped')}`,
    flip: (running) => post('broker', { running }),
  };
  const power = {
    key: 'power', testid: 'power-toggle', icon: 'power', on: board.power, name: t('power'),
    detail: t(board.power ? 'power_on' : 'power_off'), flip: (on) => post('power', { on }),
  };
  return [...air, ...setupOf(board), ...(board.broker.embedded ? [broker] : []), power];
}

function showTroubles(board) {
  const create = (item) => {
    const toggle = clone('toggle-template');
    toggle.querySelector('i').className = `icon-${item.icon}`;
    return toggle;
  };
  keep(at('trouble'), troublesOf(board), (item) => item.key, create, (toggle, item) => {
    setData(toggle, { testid: item.testid });
    toggle.classList.toggle('neutral', item.neutral === true);
    toggle.setAttribute('aria-checked', item.on);
    toggle.setAttribute('aria-label', item.label ?? item.name);
    toggle.onclick = () => item.flip(!item.on);
    setText(toggle.querySelector('b'), item.name);
    setText(toggle.querySelector('small'), item.detail);
  });
}

// ---- pins and messages -----------------------------------------------------------------------------------------

function showPins(board) {
  const create = () => {
    const row = make('tr');
    row.append(make('th', { scope: 'row' }), ...Array.from({ length: 5 }, () => make('td')));
    row.children[4].append(make('span', { class: 'level-chip' }));
    row.children[5].append(make('span', { class: 'state-chip' }));
    return row;
  };
  keep(at('pins'), board.pins, (pin) => pin.number, create, (row, pin) => {
    const [number, name, direction, active, level, state] = row.children;
    const on = board.power && pin.on;
    setText(number, String(pin.number));
    setText(name, pin.name);
    setText(direction, t(pin.direction === 'output' ? 'output' : 'input'));
    setText(active, t(pin.active === 'low' ? 'low' : 'high'));
    setData(row, { pin: pin.number, level: levelOf(board, pin), on });
    setText(level.firstChild, levelOf(board, pin));
    setText(state.firstChild, board.power ? t(on ? 'on' : 'off') : '–');
  });
}

function payloadOf(message) {
  if (message.payload === '') {
    return make('span', { class: 'payload none' }, t('empty'));
  }
  const element = make('bdi', { class: 'payload' }, visible(message.payload.slice(0, PAYLOAD_CHARACTERS_MAX)));
  if (message.cut || message.payload.length > PAYLOAD_CHARACTERS_MAX) {
    element.append(make('span', { class: 'soft' }, ` ${t('cut_short', { count: message.size })}`));
  }
  return element;
}

function messageRow(message) {
  const direction = message.direction === 'in' ? 'in' : 'out';
  const row = make('li', { 'data-testid': 'message', 'data-direction': direction, 'data-id': message.id });
  const arrow = make('span', { class: 'arrow', title: t(direction), 'aria-hidden': 'true' });
  const badges = make('span', { class: 'badges' });
  badges.append(make('span', { class: 'badge' }, `QoS ${message.qos}`));
  if (message.retain) {
    badges.append(make('span', { class: 'badge retained' }, t('retained')));
  }
  row.append(make('time', {}, message.time), arrow, make('span', { class: 'unseen' }, t(direction)),
    make('bdi', { class: 'topic' }, visible(message.topic)), badges, payloadOf(message));
  return row;
}

function addMessage(message) {
  if (view.messages.some((known) => known.id === message.id)) {
    return;
  }
  view.messages.unshift(message);
  view.messages.length = Math.min(view.messages.length, MESSAGES_MAX);
  if (view.paused) {
    view.held += 1;
  } else {
    at('messages').prepend(messageRow(message));
    while (at('messages').children.length > MESSAGES_MAX) {
      at('messages').lastElementChild.remove();
    }
  }
  showMessagesState();
}

function showMessages() {
  if (!view.paused) {
    at('messages').replaceChildren(...view.messages.map(messageRow));
  }
  showMessagesState();
}

function showMessagesState() {
  at('messages-none').hidden = view.messages.length > 0;
  setText(at('pause'), t(view.paused ? 'resume' : 'pause'));
  at('pause').setAttribute('aria-pressed', view.paused);
  setText(at('held'), view.held > 0 ? t('held', { count: Math.min(view.held, MESSAGES_MAX) }) : '');
}

// ---- the whole page --------------------------------------------------------------------------------------------

function showBoard(board) {
  view.board = board;
  view.booted_at = performance.now() - board.uptime_s * 1000;
  const state = board.power ? board.state : 'unpowered';
  setText(at('node'), board.node);
  setData(at('node-state'), { state });
  setText(at('node-state'), t(`state_${state}`));
  document.title = `${board.node} · ${t(`state_${state}`)}`;
  showUptime();
  showPath(board);
  showReason(board);
  showPortal(board);
  showDrawing(board);
  keep(at('switches'), board.switches, (item) => [item.name, item.command_topic], createSwitch,
    (element, item, index) => showSwitch(element, board, item, index));
  showTroubles(board);
  showPins(board);
}

function showUptime() {
  const known = view.board?.power && view.live;
  const seconds = Math.floor((performance.now() - view.booted_at) / 1000);
  setText(at('uptime'), known ? ` · ${t('uptime', { time: duration(seconds) })}` : '');
}

function showLanguage() {
  document.documentElement.lang = view.language === 'zh' ? 'zh-CN' : 'en';
  at('language').value = view.language;
  translate(document);
  showConnection(view.live);
  showMessages();
  if (view.board) {
    showBoard({ ...view.board, uptime_s: (performance.now() - view.booted_at) / 1000 });
  }
}

// The dark colours stand once, in a media rule of board.css; a choice by hand rewrites that rule's condition.
const darkRule = [...document.styleSheets[0].cssRules].find((rule) => rule.media?.mediaText.includes('color-scheme'));

function showTheme() {
  at('theme').value = view.theme;
  darkRule.media.mediaText = { auto: '(prefers-color-scheme: dark)', light: 'not all', dark: 'all' }[view.theme];
}

function choose(name, show) {
  at(name).onchange = (event) => {
    view[name] = event.target.value;
    remember(name, view[name]);
    show();
  };
  show();
}

function togglePause() {
  view.paused = !view.paused;
  view.held = 0;
  showMessages();
}

drawPads();
attachPress(at('button'), () => view.board?.buttons[0]?.pin ?? null);
['blur', 'pagehide'].forEach((name) => addEventListener(name, releaseAll));
at('pause').onclick = togglePause;
at('notice').querySelector('button').onclick = () => notify('');
choose('theme', showTheme);
choose('language', showLanguage);
setInterval(showUptime, 1000);
listen();
