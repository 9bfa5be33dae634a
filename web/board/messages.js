// The list of messages, newest first, and its pause.

import { at, make, setText } from './elements.js';
import { t, visible } from './words.js';

const MESSAGES_MAX = 200;
const PAYLOAD_CHARACTERS_MAX = 240;

let messages = [];
let held = 0; // messages that came while the list was paused
let paused = false;

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

export function addMessage(message) {
  if (messages.some((known) => known.id === message.id)) {
    return;
  }
  messages.unshift(message);
  messages.length = Math.min(messages.length, MESSAGES_MAX);
  if (paused) {
    held += 1;
  } else {
    at('messages').prepend(messageRow(message));
    while (at('messages').children.length > MESSAGES_MAX) {
      at('messages').lastElementChild.remove();
    }
  }
  showMessagesState();
}

export function showMessages() {
  if (!paused) {
    at('messages').replaceChildren(...messages.map(messageRow));
  }
  showMessagesState();
}

function showMessagesState() {
  at('messages-none').hidden = messages.length > 0;
  setText(at('pause'), t(paused ? 'resume' : 'pause'));
  at('pause').setAttribute('aria-pressed', paused);
  setText(at('held'), held > 0 ? t('held', { count: Math.min(held, MESSAGES_MAX) }) : '');
}

// What there is now; what has come since it was asked for is newer.
export function setMessages(list) {
  const newest = Math.max(0, ...list.map((message) => message.id));
  const passed = messages.filter((message) => message.id > newest);
  messages = [...passed, ...list.sort((a, b) => b.id - a.id)].slice(0, MESSAGES_MAX);
  showMessages();
}

// A program that was started anew counts its messages from the beginning.
export function forgetMessages() {
  messages = [];
}

export function togglePause() {
  paused = !paused;
  held = 0;
  showMessages();
}
