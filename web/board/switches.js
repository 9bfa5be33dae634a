// What switches the lamps over MQTT, from the page or from a terminal.

import { lampIsOn } from './drawing.js';
import { at, clone, keep, make, setData, setText, testId } from './elements.js';
import { post } from './program.js';
import { t } from './words.js';

const COPIED_SHOWN_MS = 1500;

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

export function showSwitches(board) {
  at('switching').hidden = board.switches.length === 0;
  keep(at('switches'), board.switches, (item) => [item.name, item.command_topic], createSwitch,
    (element, item, index) => showSwitch(element, board, item, index));
}
