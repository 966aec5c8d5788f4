"""What becomes of an object in nvad: it is made, changed and deleted, with
metadata that the server keeps; and writes that come too late are refused.
"""
from nvad_server import refused
from nvad_server import blue, client, nva            # noqa: F401
from nvadlib import endpoint, vpc


def test_life_of_an_object(client):
    created = client.create("/vpcs", vpc("blue", 5))
    meta = created.body["metadata"]
    assert created.body["apiVersion"] == "nvo3.io/v1alpha1"
    assert created.body["kind"] == "VPC"
    assert meta["name"] == "blue" and meta["generation"] == 1
    assert len(meta["uid"]) == 36
    assert meta["creationTimestamp"].endswith("Z")
    assert client.get("/vpcs/blue").body == created.body

    changed = client.patch("/vpcs/blue", {"spec": {"mtu": 1400}})
    assert changed.code == 200
    assert changed.body["spec"] == {"vni": 5, "mtu": 1400}
    assert changed.body["metadata"]["generation"] == 2
    assert changed.body["metadata"]["uid"] == meta["uid"]
    assert changed.rv > created.rv

    body = changed.body
    body["spec"] = {"vni": 6}
    replaced = client.put("/vpcs/blue", body)
    assert replaced.code == 200 and replaced.body["spec"] == {"vni": 6}
    assert replaced.rv > changed.rv

    deleted = client.delete("/vpcs/blue")
    assert deleted.code == 200
    assert deleted.body["status"] == "Success"
    assert deleted.body["details"]["uid"] == meta["uid"]
    refused(client.get("/vpcs/blue"), 404, "NotFound")
    refused(client.delete("/vpcs/blue"), 404, "NotFound")

    again = client.create("/vpcs", vpc("blue", 5))
    assert again.body["metadata"]["uid"] != meta["uid"]
    assert again.body["metadata"]["generation"] == 1
    assert again.rv > replaced.rv


def test_generate_name(client):
    bodies = [{"metadata": {"generateName": "net-"}, "spec": {"vni": k}}
              for k in range(10, 20)]
    names = {client.create("/vpcs", b).body["metadata"]["name"]
             for b in bodies}
    assert len(names) == 10
    assert all(name.startswith("net-") and len(name) == 9 for name in names)


def test_labels_and_annotations(client):
    obj = vpc("blue", 5)
    obj["metadata"]["labels"] = {"a": "b", "e": "f"}
    obj["metadata"]["annotations"] = {"x/y": "z", "quote": "\"\\\u00e9\n"}
    created = client.create("/vpcs", obj)
    for what in "labels", "annotations":
        assert created.body["metadata"][what] == obj["metadata"][what]
    changed = client.patch("/vpcs/blue", {"metadata": {
        "labels": {"a": None, "c": "d"}, "annotations": {"x/y": None}}})
    assert changed.body["metadata"]["labels"] == {"c": "d", "e": "f"}
    assert changed.body["metadata"]["annotations"] == {
        "quote": "\"\\\u00e9\n"}
    changed = client.patch("/vpcs/blue", {"metadata": {"annotations": None}})
    assert "annotations" not in changed.body["metadata"]
    assert changed.body["metadata"]["generation"] == 1
    assert changed.rv > created.rv


def test_server_sets_metadata(client):
    obj = vpc("blue", 5)
    obj["metadata"].update(uid="me", generation=77, deletionTimestamp="x",
                           creationTimestamp="1999-01-01T00:00:00Z")
    meta = client.create("/vpcs", obj).body["metadata"]
    assert meta["uid"] != "me" and meta["generation"] == 1
    assert not meta["creationTimestamp"].startswith("1999")
    assert "deletionTimestamp" not in meta


def test_no_op_writes_keep_the_version(client):
    created = client.create("/vpcs", vpc("blue", 5))
    assert client.put("/vpcs/blue", vpc("blue", 5)).rv == created.rv
    assert client.patch("/vpcs/blue", {}).rv == created.rv
    assert client.patch("/vpcs/blue",
                        {"spec": {"vni": 5}}).rv == created.rv
    assert client.get("/vpcs").rv == created.rv


def test_status_subresource(blue):
    created = blue.create("/endpoints", endpoint("a", 1))
    assert "status" not in created.body
    obj = created.body
    obj["spec"]["policyLabel"] = 9
    obj["metadata"]["labels"]["l"] = "x"
    obj["status"] = {"nve": "hv-1", "phase": "Bound"}
    answer = blue.put("/endpoints/a/status", obj)
    assert answer.code == 200
    assert answer.body["status"] == {"nve": "hv-1", "phase": "Bound"}
    assert "policyLabel" not in answer.body["spec"]
    assert "l" not in answer.body["metadata"]["labels"]
    assert answer.body["metadata"]["generation"] == 1
    assert blue.get("/endpoints/a/status").body == answer.body

    answer = blue.patch("/endpoints/a", {"spec": {"policyLabel": 3},
                                         "status": {"nve": "forged"}})
    assert answer.body["status"] == {"nve": "hv-1", "phase": "Bound"}
    assert answer.body["spec"]["policyLabel"] == 3
    assert answer.body["metadata"]["generation"] == 2

    answer = blue.patch("/endpoints/a/status", {"status": {"nve": None}})
    assert answer.body["status"] == {"phase": "Bound"}
    assert blue.patch("/endpoints/a/status",
                      {"status": {"nve": None}}).rv == answer.rv
    refused(blue.patch("/endpoints/none/status", {}), 404, "NotFound")
    refused(blue.delete("/endpoints/a/status"), 405, "MethodNotAllowed")


def test_status_of_a_new_object_is_dropped(blue):
    obj = endpoint("a", 1)
    obj["status"] = {"nve": "forged"}
    assert "status" not in blue.create("/endpoints", obj).body


def test_dry_run(client):
    rv = client.get("/vpcs").rv
    answer = client.post("/vpcs?dryRun=All", vpc("blue", 5))
    assert answer.code == 201 and answer.body["spec"] == {"vni": 5}
    refused(client.get("/vpcs/blue"), 404, "NotFound")
    refused(client.post("/vpcs?dryRun=All", vpc("blue", 0)), 422, "Invalid",
            "spec.vni")
    client.create("/vpcs", vpc("blue", 5))
    assert client.delete("/vpcs/blue?dryRun=All").code == 200
    assert client.delete("/vpcs/blue", {"dryRun": ["All"]}).code == 200
    assert client.patch("/vpcs/blue?dryRun=All",
                        {"spec": {"vni": 6}}).body["spec"]["vni"] == 6
    assert client.get("/vpcs/blue").body["spec"]["vni"] == 5
    assert client.get("/vpcs").rv == rv + 1


def test_already_exists(client):
    client.create("/vpcs", vpc("blue", 5))
    body = refused(client.post("/vpcs", vpc("blue", 6)), 409,
                   "AlreadyExists")
    assert body["details"]["name"] == "blue"
    assert client.get("/vpcs/blue").body["spec"] == {"vni": 5}


def test_stale_resource_version(client):
    old = client.create("/vpcs", vpc("blue", 5)).body
    client.patch("/vpcs/blue", {"spec": {"mtu": 1400}})
    before = client.get("/vpcs/blue").body
    refused(client.put("/vpcs/blue", old), 409, "Conflict")
    refused(client.patch("/vpcs/blue", old), 409, "Conflict")
    refused(client.put("/vpcs/blue/status", old), 409, "Conflict")
    refused(client.delete("/vpcs/blue", {"preconditions": {
        "resourceVersion": old["metadata"]["resourceVersion"]}}),
        409, "Conflict")
    refused(client.delete("/vpcs/blue", {"preconditions": {"uid": "x"}}),
            409, "Conflict")
    refused(client.patch("/vpcs/blue", {"metadata": {"uid": "x"}}), 409,
            "Conflict")
    assert client.get("/vpcs/blue").body == before
    assert client.delete("/vpcs/blue", {"preconditions": {
        "uid": before["metadata"]["uid"],
        "resourceVersion": before["metadata"]["resourceVersion"]}}
        ).code == 200


def test_put_never_creates(client):
    refused(client.put("/vpcs/blue", vpc("blue", 5)), 404, "NotFound")
    refused(client.patch("/vpcs/blue", {}), 404, "NotFound")


def test_name_is_immutable(client):
    client.create("/vpcs", vpc("blue", 5))
    refused(client.put("/vpcs/blue", vpc("red", 5)), 400, "BadRequest")
    refused(client.patch("/vpcs/blue", {"metadata": {"name": "red"}}), 400,
            "BadRequest")
    obj = vpc("red", 7)
    obj["metadata"]["resourceVersion"] = "5"
    refused(client.post("/vpcs", obj), 400, "BadRequest")
