// The board as drawn: pads, name tags of the pins, the LED, the lamps.

import { at, clone, draw, keep, setData, setText, testId } from './elements.js';
import { levelOf, shareOn } from './pins.js';
import { t } from './words.js';

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

export function drawPads() {
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

// The little blue LED is wired as on the real module: to pin 2 against the supply, so low lights it.
function ledBrightness(board) {
  const pin = board.pins.find((p) => p.number === 2 && p.direction === 'output');
  if (!board.power) {
    return 0;
  }
  return pin ? shareOn({ ...pin, active: 'low', on: pin.level === 0 }) : Number(lampIsOn(board, board.switches[0]));
}

export const lampIsOn = (board, item) => Boolean(board.power && item?.on);

export function showDrawing(board) {
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
  setData(at('led'), { on: ledBrightness(board) > 0 });
  at('led').style.setProperty('--brightness', ledBrightness(board));
  setData(at('bench'), { lit: lampIsOn(board, board.switches[0]), power: board.power });
  keep(at('lamps'), board.switches, (item) => item.name, () => clone('lamp-template'), (lamp, item, index) => {
    const on = lampIsOn(board, item);
    setData(lamp, { on, testid: testId('lamp', item.name, index) });
    setText(lamp.querySelector('b'), item.name);
    setText(lamp.querySelector('span'), t(on ? 'is_on' : 'is_off'));
  });
}
