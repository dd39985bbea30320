//! MQTT 3.1.1 by hand, for publishers and subscribers that cost next to nothing: ready-made clients
//! have narrow windows and would measure themselves.

use smart_camp::mqtt::BrokerAddress;
use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};

/// Messages under way at once.
const WINDOW: u64 = 20_000;

fn length(mut bytes: usize, out: &mut Vec<u8>) {
    loop {
        let low = u8::try_from(bytes % 128).unwrap();
        bytes /= 128;
        out.push(if bytes > 0 { low | 0x80 } else { low });
        if bytes == 0 {
            return;
        }
    }
}

fn text(value: &str, out: &mut Vec<u8>) {
    out.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
    out.extend(value.as_bytes());
}

fn packet(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![kind];
    length(body.len(), &mut out);
    out.extend(body);
    out
}

pub(crate) fn connect(broker: &BrokerAddress, name: &str) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", broker.port)).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut body = Vec::new();
    text("MQTT", &mut body);
    // MQTT 3.1.1; a clean session, with user name and password; no keep-alive.
    body.extend([4, 0xc2, 0, 0]);
    text(name, &mut body);
    let (user, password) = broker.credentials.as_ref().unwrap();
    text(user, &mut body);
    text(password, &mut body);
    stream.write_all(&packet(0x10, &body)).unwrap();
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer, [0x20, 2, 0, 0], "the broker lets the bench in");
    stream
}

/// Publishes `count` messages at QoS 1 and returns when the broker has acknowledged all.
pub(crate) fn publish(
    broker: &BrokerAddress,
    topic: &str,
    count: u64,
    payload: impl Fn(u64, &mut Vec<u8>),
) {
    let mut stream = connect(broker, "bench-publisher");
    let acknowledged = Arc::new((Mutex::new(0_u64), Condvar::new()));
    let counter = Arc::clone(&acknowledged);
    let mut answers = stream.try_clone().unwrap();
    let reader = std::thread::spawn(move || {
        let (mut buffer, mut rest, mut seen) = ([0_u8; 8192], 0, 0);
        while seen < count {
            let read = answers.read(&mut buffer).unwrap();
            assert!(read > 0, "the broker hung up");
            // Every answer is a PUBACK of four bytes.
            rest += read;
            seen += (rest / 4) as u64;
            rest %= 4;
            *counter.0.lock().unwrap() = seen;
            counter.1.notify_one();
        }
    });
    let (mut block, mut body) = (Vec::with_capacity(1 << 17), Vec::new());
    for n in 0..count {
        let seen = || *acknowledged.0.lock().unwrap();
        if n - seen() >= WINDOW {
            stream.write_all(&block).unwrap();
            block.clear();
            let guard = acknowledged.0.lock().unwrap();
            drop(acknowledged.1.wait_while(guard, |seen| n - *seen >= WINDOW).unwrap());
        }
        body.clear();
        text(topic, &mut body);
        body.extend((u16::try_from(n % 65_535).unwrap() + 1).to_be_bytes());
        payload(n, &mut body);
        block.push(0x32);
        length(body.len(), &mut block);
        block.extend(&body);
        if block.len() > 1 << 16 {
            stream.write_all(&block).unwrap();
            block.clear();
        }
    }
    stream.write_all(&block).unwrap();
    reader.join().unwrap();
}

/// Appends a message at QoS 1.
pub(crate) fn put(topic: &str, id: u16, payload: &[u8], out: &mut Vec<u8>) {
    let mut body = Vec::new();
    text(topic, &mut body);
    body.extend(id.to_be_bytes());
    body.extend(payload);
    out.push(0x32);
    length(body.len(), out);
    out.extend(body);
}

/// A subscriber that acknowledges and stores nothing; counts what it has got.
pub(crate) fn subscribe(broker: &BrokerAddress, filter: &str, until: u64) -> Arc<AtomicU64> {
    let mut stream = connect(broker, "bench-subscriber");
    let mut body = vec![0, 1];
    text(filter, &mut body);
    body.push(1);
    stream.write_all(&packet(0x82, &body)).unwrap();
    let mut answer = [0; 5];
    stream.read_exact(&mut answer).unwrap();
    let counter = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&counter);
    std::thread::spawn(move || {
        let mut input = BufReader::with_capacity(1 << 17, stream.try_clone().unwrap());
        let (mut body, mut answers) = (Vec::new(), Vec::new());
        let mut seen = 0;
        while seen < until {
            let mut byte = [0];
            input.read_exact(&mut byte).unwrap();
            assert_eq!(byte[0] >> 4, 3, "a PUBLISH");
            let (mut bytes, mut shift) = (0_usize, 0);
            loop {
                input.read_exact(&mut byte).unwrap();
                bytes |= usize::from(byte[0] & 0x7f) << shift;
                shift += 7;
                if byte[0] & 0x80 == 0 {
                    break;
                }
            }
            body.resize(bytes, 0);
            input.read_exact(&mut body).unwrap();
            let topic = usize::from(u16::from_be_bytes([body[0], body[1]]));
            answers.extend([0x40, 2, body[2 + topic], body[3 + topic]]);
            seen += 1;
            if input.buffer().is_empty() || answers.len() > 4000 {
                stream.write_all(&answers).unwrap();
                answers.clear();
                count.store(seen, Ordering::Release);
            }
        }
        stream.write_all(&answers).unwrap();
        count.store(seen, Ordering::Release);
    });
    counter
}
