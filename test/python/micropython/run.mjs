// Runs a script by MicroPython itself, with libmote below: node run.mjs FILE. The environment is that of `python3 -m mote run`; MOTE_SCRIPT_LIBRARY
// is where libmote-script.so lies.

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadMicroPython } from '@micropython/micropython-webassembly-pyscript/micropython.mjs';
import { loadNative } from './native.mjs';

const MODULES = path.join(path.dirname(fileURLToPath(import.meta.url)), 'modules');

// Lines are out at once, and in order: nothing of this comes back to the event loop.
const printer = (descriptor) => (line) => fs.writeSync(descriptor, `${line}\n`);

function copyModules(files, from, to) {
    files.mkdir(to);
    for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
        const source = path.join(from, entry.name);
        if (entry.isDirectory()) copyModules(files, source, `${to}/${entry.name}`);
        else files.writeFile(`${to}/${entry.name}`, fs.readFileSync(source));
    }
}

const native = loadNative(process.env.MOTE_SCRIPT_LIBRARY);
const wrong = native.start(null);
if (wrong !== null) {
    console.error(wrong);
    process.exit(1);
}
const micropython = await loadMicroPython({ heapsize: 1 << 20, stdout: printer(1), stderr: printer(2), linebuffer: true });
micropython.registerJsModule('_script', { ...native, strict: !['', '0', undefined].includes(process.env.MOTE_UMQTT_STRICT) });
copyModules(micropython.FS, MODULES, '/lib');
try {
    micropython.runPython(fs.readFileSync(process.argv[2], 'utf8'));
    process.exit(0);
} catch (error) {
    if (error.name !== 'PythonError') throw error;
    console.error(error.message.trimEnd());
    process.exit(1);
}
