"""Tag: which passages speak of which influence, and in which direction?"""
