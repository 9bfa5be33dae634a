// The program behind the page: what the person does is posted, what /api/board and /api/events say is handed on.

import { at, setText } from './elements.js';
import { reasonOf, t } from './words.js';

const RECONNECT_MS = 2000;

let posting = Promise.resolve();

// One at a time and in order: a release must never overtake its press.
export function post(path, body) {
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

export function notify(words) {
  setText(at('notice').querySelector('p'), words);
  at('notice').hidden = words === '';
}

let page = null; // who is told
let live = null; // null until the first answer, then whether the program answers
let snapshotRunning = false;
let snapshotStale = false;

export const isLive = () => live;

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
      page.onSnapshot(board);
    } else if (live) {
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

// The page's functions: onConnection(live), onSnapshot(board) with the messages, onBoard(board), onMessage(message).
export function listen(functions) {
  page = functions;
  open();
}

function open() {
  const events = new EventSource('api/events');
  events.onopen = () => {
    tell(true);
    fetchSnapshot();
  };
  events.onerror = () => {
    tell(false);
    if (events.readyState === EventSource.CLOSED) { // it gives up by itself after an HTTP error
      setTimeout(open, RECONNECT_MS);
    }
  };
  events.addEventListener('board', (event) => {
    snapshotStale = true;
    page.onBoard(JSON.parse(event.data));
  });
  events.addEventListener('message', (event) => page.onMessage(JSON.parse(event.data)));
}

function tell(answers) {
  live = answers;
  page.onConnection(answers);
}
