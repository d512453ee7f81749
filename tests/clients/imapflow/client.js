// SPDX-License-Identifier: ISC
// node client.js read|mark|wait|move|remove HOST PORT CERTIFICATE|"" USER PASSWORD MAILBOX FOLDER
const fs = require('fs');
const path = require('path');
const { ImapFlow } = require('imapflow');

const [what, host, port, cert, user, pass, mailbox, folder] = process.argv.slice(2);

const actions = {
    async read(client) {
        const names = (await client.list()).map(entry => entry.path);
        if (!names.includes(mailbox)) {
            throw new Error(`no ${mailbox} in ${names}`);
        }
        for await (const message of client.fetch('1:*', { uid: true, source: true })) {
            fs.writeFileSync(path.join(folder, 'mail', String(message.uid)), message.source);
        }
    },
    async mark(client) {
        await client.messageFlagsAdd('1', ['\\Flagged'], { uid: true });
    },
    async move(client) {
        const moved = await client.messageMove('3', 'Trash', { uid: true });
        if (!moved.uidMap.has(3)) {
            throw new Error('no COPYUID');
        }
    },
    async remove(client) {
        await client.messageDelete('2', { uid: true });
    },
    async wait(client) {
        const arrived = new Promise(resolve => client.on('exists', resolve));
        fs.writeFileSync(path.join(folder, 'ready'), '');
        client.idle();
        const { count, prevCount } = await arrived;
        if (count !== prevCount + 1) {
            throw new Error(`${prevCount} to ${count}`);
        }
    }
};

async function main() {
    const tls = cert ? { ca: fs.readFileSync(cert) } : {};
    const client = new ImapFlow({ host, port: Number(port), secure: Boolean(cert), doSTARTTLS: false, tls, logger: false, auth: { user, pass } });
    await client.connect();
    await client.mailboxOpen(mailbox);
    await actions[what](client);
    await client.logout();
}

main().catch(error => {
    console.error(error);
    process.exit(1);
});
