use replicated_hash_table::{Dht, DhtError, score};
use std::cmp::Reverse;
use std::thread;

fn table() -> Dht {
    let dht = Dht::new(2);
    for node in ["oak", "elm", "fir"] {
        dht.join(node).unwrap();
    }
    dht
}

#[test]
fn what_was_put_is_found_until_it_is_removed() {
    let dht = table();
    assert_eq!(dht.join("elm"), Err(DhtError::NodeExists));
    assert_eq!(dht.get("page/1"), Ok(None));
    assert_eq!(dht.put("page/1", "draft"), Ok(()));
    assert_eq!(dht.put("page/1", "final"), Ok(()));
    assert_eq!(dht.get("page/1"), Ok(Some("final".to_string())));
    assert_eq!(dht.remove("page/1"), Ok(true));
    assert_eq!(dht.remove("page/1"), Ok(false));
    assert_eq!(dht.get("page/1"), Ok(None));
}

#[test]
fn the_nodes_of_highest_score_own_a_key_and_have_it() {
    let dht = table();
    for number in 0..20 {
        let key = format!("page/{number}");
        let mut nodes = ["oak", "elm", "fir"];
        nodes.sort_by_key(|node| Reverse(score(node, &key)));
        assert_eq!(dht.owners(&key), nodes[..2], "owners of {key}");
        dht.put(&key, "text").unwrap();
        for (place, node) in nodes.iter().enumerate() {
            let has = dht.keys_on(node).contains(&key);
            assert_eq!(has, place < 2, "{key} on {node}");
        }
    }
}

#[test]
fn a_repair_makes_up_for_a_crash() {
    let dht = table();
    dht.put("page/1", "text").unwrap();
    let owners = dht.owners("page/1");
    dht.crash(&owners[0]).unwrap();
    assert_eq!(dht.get("page/1"), Ok(Some("text".to_string())));
    assert_eq!(dht.repair(), 1);
    assert_eq!(dht.repair(), 0);
    dht.leave(&owners[1]).unwrap();
    assert_eq!(dht.get("page/1"), Ok(Some("text".to_string())));
}

#[test]
fn threads_share_one_table() {
    let dht = table();
    thread::scope(|scope| {
        scope.spawn(|| dht.put("page/1", "text").unwrap());
        scope.spawn(|| dht.join("yew").unwrap());
    });
    assert_eq!(dht.get("page/1"), Ok(Some("text".to_string())));
}
